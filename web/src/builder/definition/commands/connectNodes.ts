import { connectionRefusal } from "../connectionRules";
import type { NodeTypes } from "../nodeTypes";
import { connectionKey, type ConnectionDefinition, type Definition, type Refusal } from "../types";

/** Returns the definition with one more connection, or why it cannot be added. */
export function connectNodes(definition: Definition, types: NodeTypes, connection: ConnectionDefinition): Definition | Refusal {
  const { port, type, ...rest } = connection;
  const written: ConnectionDefinition = { ...rest, ...(port === undefined || port === "main" ? {} : { port }), ...(type === undefined || type === "MAIN" ? {} : { type }) };
  return connectionRefusal(definition, types, written) ?? { ...definition, connections: [...definition.connections, written] };
}

/** Returns the definition with other ends of a connection, which keeps its place in the order, or why that is not possible. */
export function reconnect(definition: Definition, types: NodeTypes, key: string, next: ConnectionDefinition): Definition | Refusal {
  const position = definition.connections.findIndex((connection) => connectionKey(connection) === key);
  const before = definition.connections[position];
  if (before === undefined || connectionKey(next) === key) return definition;
  const without = { ...definition, connections: definition.connections.filter((_, index) => index !== position) };
  const added = connectNodes(without, types, next);
  if ("refused" in added) return added;
  const last = (added).connections.at(-1) as ConnectionDefinition;
  return { ...definition, connections: definition.connections.map((item, index) => (index === position ? last : item)) };
}
