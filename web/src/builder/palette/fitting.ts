/** Which node types make sense at a place. */

import { readHandle } from "../../graph/outlets";
import { isSupplier, portsOf, type NodeType } from "../definition/nodeTypes";
import type { Adding } from "../view/viewStore";

/** Returns the types that can be added there: no trigger behind a node, and only what fits to a connection that was drawn. */
export function fittingTypes(types: readonly NodeType[], adding: Pick<Adding, "begun" | "into">, isAfterNode: boolean): readonly NodeType[] {
  const { begun, into } = adding;
  if (into !== null) return types.filter((type) => canFollow(type) && canLeadOn(type));
  if (begun === null) return isAfterNode ? types.filter((type) => !type.is_trigger) : types;
  const { type: wanted } = readHandle(begun.handle);
  if (wanted === "MAIN") return types.filter(begun.kind === "source" ? canFollow : canLeadOn);
  return types.filter((type) => (begun.kind === "source" ? type.takes : type.gives).includes(wanted));
}

const nodeOf = (type: NodeType) => ({ id: "new", type: type.type, subtype: type.subtype });

function canFollow(type: NodeType): boolean {
  return !type.is_trigger && !isSupplier(nodeOf(type), type);
}

function canLeadOn(type: NodeType): boolean {
  return !isSupplier(nodeOf(type), type) && (type.ports_from !== null || portsOf(nodeOf(type), type).length > 0);
}
