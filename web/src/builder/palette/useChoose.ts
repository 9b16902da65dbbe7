import { candidateOver, type Begun } from "../canvas/candidate";
import { connectNodes } from "../definition/commands/connectNodes";
import type { NodeType } from "../definition/nodeTypes";
import type { Point } from "../definition/position";
import { isRefusal } from "../definition/types";
import { add } from "../draft/actions";
import { change, useBuilderStore, type BuilderStore } from "../draft/store";
import { useViewStore } from "../view/viewStore";

/** Returns what happens when a node type is chosen in the palette: the node is added where the palette was asked for. */
export function useChoose(): (type: NodeType) => void {
  const store = useBuilderStore();
  const view = useViewStore();
  return (type) => {
    const { adding } = view.get();
    if (adding?.begun != null && adding.at !== null) addFrom(store, type, adding.begun, adding.at);
    else add(store, type, adding?.at ?? undefined);
    view.set({ adding: null, sheet: null });
  };
}

/** The place where a connection was dropped on the empty canvas: the node that is added there is connected to its source. */
function addFrom(store: BuilderStore, type: NodeType, begun: Begun, at: Point): void {
  const id = add(store, type, { x: at.x, y: at.y - 28 });
  const { history, types } = store.get();
  const candidate = candidateOver(history.now.definition, types, begun, id, null);
  if (candidate.refusal !== null) return;
  const next = connectNodes(history.now.definition, types, candidate.connection);
  if (!isRefusal(next)) change(store, next);
}
