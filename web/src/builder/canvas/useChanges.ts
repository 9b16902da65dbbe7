import type { EdgeChange, NodeChange } from "@xyflow/react";
import { useRef, useState } from "react";
import { move, select } from "../draft/actions";
import { useBuilder, useBuilderStore } from "../draft/store";
import type { NodeId } from "../definition/types";
import type { Positions } from "../layout/layout";
import type { LinkEdge, StepNode } from "./flow";

/** Takes what React Flow reports: nodes that are dragged, and what is selected. */
export function useChanges() {
  const store = useBuilderStore();
  const canEdit = useBuilder((state) => state.canEdit);
  const [dragged, setDragged] = useState<Positions>({});
  const isDragging = useRef(false);

  const changeNodes = (changes: readonly NodeChange<StepNode>[]) => {
    const moving: Record<NodeId, { x: number; y: number }> = {};
    const settled: Record<NodeId, { x: number; y: number }> = {};
    const selected = new Set(store.get().selection.nodes);
    for (const item of changes) {
      if (item.type === "position" && item.position !== undefined) (item.dragging === true ? moving : settled)[item.id] = item.position;
      if (item.type === "select") selected[item.selected ? "add" : "delete"](item.id);
    }
    if (Object.keys(moving).length > 0) {
      isDragging.current = true;
      setDragged((now) => ({ ...now, ...moving }));
    }
    if (Object.keys(settled).length > 0) {
      setDragged({});
      const before = store.get().history.now.positions;
      const really = Object.fromEntries(Object.entries(settled).filter(([id, point]) => before[id]?.x !== point.x || before[id].y !== point.y));
      // Each drag is one step of undo; arrow keys that follow each other are one together.
      const topic = isDragging.current ? undefined : `move ${Object.keys(really).join()}`;
      if (canEdit && Object.keys(really).length > 0) move(store, really, topic);
      isDragging.current = false;
    }
    if (changes.some((item) => item.type === "select")) select(store, selected, store.get().selection.connections);
  };

  const changeEdges = (changes: readonly EdgeChange<LinkEdge>[]) => {
    const selected = new Set(store.get().selection.connections);
    for (const item of changes) if (item.type === "select") selected[item.selected ? "add" : "delete"](item.id);
    if (changes.some((item) => item.type === "select")) select(store, store.get().selection.nodes, selected);
  };

  return { dragged, changeNodes, changeEdges };
}
