import type { Definition, NodeId } from "../types";

/** Returns the definition without these nodes and their connections. */
export function removeNodes(definition: Definition, ids: ReadonlySet<NodeId>): Definition {
  if (!definition.nodes.some((node) => ids.has(node.id))) return definition;
  return {
    ...definition,
    nodes: definition.nodes.filter((node) => !ids.has(node.id)),
    connections: definition.connections.filter((connection) => !ids.has(connection.from) && !ids.has(connection.to)),
  };
}
