import { withValueAt, type Place } from "../place";
import { without, type Definition, type Json, type NodeDefinition, type NodeId } from "../types";

/** Returns the definition with another value at a place of a node; `undefined` removes the value, so that its default applies. */
export function setNodeField(definition: Definition, id: NodeId, place: Place, value: Json | undefined): Definition {
  return { ...definition, nodes: definition.nodes.map((node) => (node.id === id ? (withoutEmptyParameters(withValueAt(node, place, value) as NodeDefinition)) : node)) };
}

function withoutEmptyParameters(node: NodeDefinition): NodeDefinition {
  if (node.parameters === undefined || Object.keys(node.parameters).length > 0) return node;
  return without(node, "parameters") as NodeDefinition;
}

/** Returns the definition with another value of a field of the workflow itself. */
export function setWorkflowField(definition: Definition, field: string, value: Json | undefined): Definition {
  return withValueAt(definition, [field], value) as Definition;
}

/** Returns the definition with the ports of a node renamed in its connections too, so that renaming a case keeps its connection. */
export function renamePort(definition: Definition, id: NodeId, before: string, after: string): Definition {
  return {
    ...definition,
    connections: definition.connections.map((item) => (item.from === id && (item.port ?? "main") === before && (item.type ?? "MAIN") === "MAIN" ? { ...item, port: after } : item)),
  };
}
