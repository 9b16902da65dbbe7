import { candidateOver } from "../canvas/candidate";
import type { NodeType } from "../definition/nodeTypes";
import type { ConnectionDefinition, Definition, NodeId } from "../definition/types";
import { add } from "../draft/actions";
import { useBuilderStore, type BuilderStore } from "../draft/store";
import { useViewStore, type Adding } from "../view/viewStore";
import { HEAD_HEIGHT, NODE_WIDTH } from "../../graph/layout";

/** Returns what happens when a node type is chosen in the palette: the node is added where the palette was asked for, in sight. */
export function useChoose(): (type: NodeType) => void {
  const store = useBuilderStore();
  const view = useViewStore();
  return (type) => {
    const { adding, canvas } = view.get();
    const isFree = adding?.at == null && adding?.into == null && store.get().selection.nodes.size !== 1;
    const sight = canvas?.sight();
    const middle = sight === undefined ? undefined : { x: sight.x + (sight.width - NODE_WIDTH) / 2, y: sight.y + (sight.height - HEAD_HEIGHT) / 2 };
    view.set({ adding: null });
    add(store, type, { at: adding?.at ?? (isFree ? middle : undefined), into: adding?.into ?? undefined, connecting: connectingFrom(store, adding) });
  };
}

/** The connection that was dropped on the empty canvas ends at the node that is added there. */
function connectingFrom(store: BuilderStore, adding: Adding | null) {
  const begun = adding?.begun;
  return (definition: Definition, id: NodeId): ConnectionDefinition | null => {
    if (begun == null) return null;
    const candidate = candidateOver(definition, store.get().types, begun, id, null);
    return candidate.refusal === null ? candidate.connection : null;
  };
}
