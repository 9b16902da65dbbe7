import { connectionRefusal } from "../connectionRules";
import type { NodeType, NodeTypes } from "../nodeTypes";
import { outletsOf } from "../connectionRules";
import { connectionKey, findNode, portOf, type ConnectionDefinition, type Definition } from "../types";
import { addNode, type Added } from "./addNode";

/** Returns the definition with a new node in a connection: it is reached through the same port as before, and leads on from its own first port. */
export function insertNode(definition: Definition, types: NodeTypes, type: NodeType, key: string): Added {
  const connection = definition.connections.find((item) => connectionKey(item) === key);
  const added = addNode(definition, types, type, null);
  const node = findNode(added.definition, added.id);
  if (connection === undefined || node === undefined) return added;
  const port = portOf(connection);
  const first: ConnectionDefinition = { ...connection, to: added.id };
  const outlet = outletsOf(types, node).find((item) => item.type === "MAIN" && item.port !== "error");
  const second: ConnectionDefinition = { from: added.id, ...(outlet === undefined || outlet.port === "main" ? {} : { port: outlet.port }), to: connection.to };
  const without: Definition = { ...added.definition, connections: added.definition.connections.filter((item) => item !== connection) };
  if (connectionRefusal(without, types, { from: connection.from, port, to: added.id }) !== null) return added;
  const canLeadOn = outlet !== undefined && connectionRefusal(without, types, second) === null;
  const between = canLeadOn ? [first, second] : [first];
  return { id: added.id, definition: { ...added.definition, connections: added.definition.connections.flatMap((item) => (item === connection ? between : [item])) } };
}
