/** Which connections can be drawn, and why the others cannot, in the words that the server uses for its errors. */

import { gives, isSupplier, portsOf, takes, type NodeTypes } from "./nodeTypes";
import { connectionKey, findNode, refuse, titleOf, typeOf, portOf, type ConnectionDefinition, type Definition, type NodeDefinition, type Refusal } from "./types";

/** The name of a connection type for people: `AI_LANGUAGE_MODEL` is "language model". */
export function connectionTypeName(type: string): string {
  return type === "MAIN" ? "main" : type.replace(/^AI_/, "").replaceAll("_", " ").toLowerCase();
}

/** Returns why this connection cannot be added, or null if it can. */
export function connectionRefusal(definition: Definition, types: NodeTypes, connection: ConnectionDefinition): Refusal | null {
  const from = findNode(definition, connection.from);
  const to = findNode(definition, connection.to);
  if (from === undefined || to === undefined) return refuse("dangling-connection", "One end of the connection is not there.");
  const refusal = typeOf(connection) === "MAIN" ? mainRefusal(types, from, to, portOf(connection)) : capabilityRefusal(types, from, to, typeOf(connection));
  if (refusal !== null) return refusal;
  const key = connectionKey(connection);
  if (definition.connections.some((other) => connectionKey(other) === key)) return refuse("duplicate-connection", "This connection is drawn already.");
  return null;
}

function mainRefusal(types: NodeTypes, from: NodeDefinition, to: NodeDefinition, port: string): Refusal | null {
  const fromType = types.of(from);
  const toType = types.of(to);
  if (isSupplier(from, fromType))
    return refuse("only-supplies", `${titleOf(from)} only supplies ${gives(fromType).map(connectionTypeName).join(", ")}; nothing flows through it.`);
  const ports = portsOf(from, fromType);
  if (ports.length === 0) return refuse("missing-port", `Nothing leaves ${titleOf(from)}.`);
  if (!ports.includes(port)) return refuse("missing-port", `${titleOf(from)} has no port “${port}”. It has ${ports.join(", ")}.`);
  if (toType?.is_trigger === true) return refuse("trigger-takes-no-connection", `${titleOf(to)} is a trigger: it takes no connections.`);
  if (isSupplier(to, toType)) return refuse("only-supplies", `${titleOf(to)} only supplies ${gives(toType).map(connectionTypeName).join(", ")}; nothing flows into it.`);
  const leavesOtherwise = ports.length > 1 || fromType === undefined || fromType.waits;
  if (from.id === to.id && !leavesOtherwise)
    return refuse("self", `${titleOf(from)} would repeat without an end: it has no other way out, and does not wait.`);
  return null;
}

function capabilityRefusal(types: NodeTypes, from: NodeDefinition, to: NodeDefinition, type: string): Refusal | null {
  const name = connectionTypeName(type);
  const fromType = types.of(from);
  const toType = types.of(to);
  if (from.id === to.id) return refuse("self", `${titleOf(from)} cannot supply itself.`);
  if (fromType !== undefined && !gives(fromType).includes(type as never)) return refuse("capability-not-given", `${titleOf(from)} supplies no ${name}.`);
  if (toType !== undefined && !takes(toType).includes(type as never)) {
    const taken = takes(toType).map(connectionTypeName).join(", ");
    return refuse("capability-not-taken", `${titleOf(to)} takes no ${name}${taken === "" ? "" : `; it takes ${taken}`}.`);
  }
  return null;
}

/** Where a connection can begin at a node: a port, or a capability that it supplies. */
export interface Outlet {
  readonly port: string;
  readonly type: string;
}

/** Returns all outlets of a node. */
export function outletsOf(types: NodeTypes, node: NodeDefinition): readonly Outlet[] {
  const type = types.of(node);
  return [...portsOf(node, type).map((port) => ({ port, type: "MAIN" })), ...gives(type).map((given) => ({ port: "main", type: given }))];
}
