import { useReactFlow } from "@xyflow/react";
import type { MouseEvent } from "react";
import { select } from "../draft/actions";
import { groupsOf } from "../definition/drawing";
import { definitionOf, useBuilderStore } from "../draft/store";
import { readKey } from "../../graph/extras";
import { useViewStore } from "../view/viewStore";

/** Opens the menu of what is under the pointer, or of what is focused when a key asks for it. What the menu is about is selected. */
export function useContextMenu(): (event: MouseEvent) => void {
  const store = useBuilderStore();
  const view = useViewStore();
  const flow = useReactFlow();
  return (event) => {
    if (!(event.target instanceof Element)) return;
    const key = event.target.closest<HTMLElement>(".react-flow__node")?.dataset.id;
    const extra = key === undefined ? null : readKey(key);
    const node = extra === null ? key : undefined;
    const connection = event.target.closest<HTMLElement>(".react-flow__edge")?.dataset.id;
    const isOnPane = key === undefined && connection === undefined && event.target.closest(".react-flow__pane") !== null;
    if (key === undefined && connection === undefined && !isOnPane) return;
    event.preventDefault();
    const { selection } = store.get();
    const isMany = event.target.closest(".react-flow__nodesselection") !== null;
    if (node !== undefined && !selection.nodes.has(node)) select(store, [node]);
    if (connection !== undefined) select(store, [], [connection]);
    if (extra?.kind === "note") select(store, [], [], [extra.id]);
    if (extra?.kind === "group") select(store, groupsOf(definitionOf(store.get())).find((group) => group.id === extra.id)?.nodes ?? []);
    if (isOnPane && !isMany) select(store, []);
    const point = { x: event.clientX, y: event.clientY };
    const about = key !== undefined || isMany ? "node" : connection !== undefined ? "connection" : "canvas";
    view.set({ menu: { point, about, at: flow.screenToFlowPosition(point) } });
  };
}
