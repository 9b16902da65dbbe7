import { idProblem } from "../ids";
import type { NodeTypes } from "../nodeTypes";
import { refuse, type Definition, type NodeId, type Refusal } from "../types";
import { withNamesFollowing } from "./follow";

/**
 * Returns the definition with a node under another id, or why it cannot have it. Its connections, the GOTOs that lead to it, and the expressions
 * that name it follow.
 */
export function renameNode(definition: Definition, types: NodeTypes, before: NodeId, after: NodeId): Definition | Refusal {
  if (before === after) return definition;
  const problem = idProblem(definition, after, before);
  if (problem !== null) return refuse("bad-id", problem);
  const renaming = (id: NodeId): NodeId => (id === before ? after : id);
  return {
    ...definition,
    nodes: definition.nodes.map((node) => withNamesFollowing(node.id === before ? { ...node, id: after } : node, types, renaming)),
    connections: definition.connections.map((item) => (item.from === before || item.to === before ? { ...item, from: renaming(item.from), to: renaming(item.to) } : item)),
  };
}
