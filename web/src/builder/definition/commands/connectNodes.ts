import { connectionRefusal } from "../connectionRules";
import type { NodeTypes } from "../nodeTypes";
import { connectionKey, type ConnectionDefinition, type Definition, type Refusal } from "../types";

/** The definition with one more connection, or the reason there cannot be one. */
export function connectNodes(definition: Definition, types: NodeTypes, connection: ConnectionDefinition): Definition | Refusal {
  const { port, type, ...rest } = connection;
  const written: ConnectionDefinition = { ...rest, ...(port === undefined || port === "main" ? {} : { port }), ...(type === undefined || type === "MAIN" ? {} : { type }) };
  return connectionRefusal(definition, types, written) ?? { ...definition, connections: [...definition.connections, written] };
}

/** The definition with a connection drawn otherwise, at its old place in the order, or the reason it cannot be. */
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
