/** The connection that would be made while one is drawn: from its beginning to whatever is under the pointer. */

import { connectionRefusal, outletsOf } from "../definition/connectionRules";
import { takes, type NodeTypes } from "../definition/nodeTypes";
import { findNode, refuse, type ConnectionDefinition, type Definition, type NodeId, type Refusal } from "../definition/types";
import { readHandle } from "../../graph/outlets";

/** The beginning of a connection: an outlet (`source`) or, drawn backwards, an inlet. */
export interface Begun {
  readonly node: NodeId;
  readonly handle: string | null;
  readonly kind: "source" | "target";
}

export interface Candidate {
  readonly connection: ConnectionDefinition;
  readonly refusal: Refusal | null;
}

/** Returns the connection that is meant over a node: through the handle under the pointer, else through the first one that is possible. */
export function candidateOver(definition: Definition, types: NodeTypes, begun: Begun, over: NodeId, handle: string | null): Candidate {
  const { port, type } = readHandle(begun.handle);
  if (begun.kind === "source") {
    const wanted = handle === null ? type : readHandle(handle).type;
    if (handle !== null && wanted !== type && !handle.startsWith("out:") && !handle.startsWith("gives:")) {
      const connection = { from: begun.node, to: over, port, type: wanted };
      return { connection, refusal: connectionRefusal(definition, types, connection) ?? mismatch(type, wanted) };
    }
    return judged(definition, types, { from: begun.node, to: over, port, type });
  }
  const node = findNode(definition, over);
  const exact = handle === null ? null : readHandle(handle);
  const outlets = node === undefined ? [] : outletsOf(types, node).filter((outlet) => outlet.type === type && (exact === null || (exact.port === outlet.port && exact.type === outlet.type)));
  const connections = outlets.map((outlet) => judged(definition, types, { from: over, to: begun.node, port: outlet.port, type: outlet.type }));
  return connections.find((candidate) => candidate.refusal === null) ?? connections[0] ?? judged(definition, types, { from: over, to: begun.node, port: "main", type });
}

function mismatch(drawn: string, end: string): Refusal {
  return refuse("other-type", `A ${drawn} connection cannot end where ${end} comes in.`);
}

function judged(definition: Definition, types: NodeTypes, connection: ConnectionDefinition): Candidate {
  return { connection, refusal: connectionRefusal(definition, types, connection) };
}

/** Returns the nodes that cannot be connected from there; they are faded while a connection is drawn. */
export function impossibleEnds(definition: Definition, types: NodeTypes, begun: Begun): ReadonlySet<NodeId> {
  return new Set(definition.nodes.filter((node) => node.id !== begun.node && candidateOver(definition, types, begun, node.id, null).refusal !== null).map((node) => node.id));
}

/** Returns the capabilities that a node of this definition takes or that are drawn in it, for the legend. */
export function typesInUse(definition: Definition, types: NodeTypes): readonly string[] {
  const found = new Set<string>(definition.connections.map((connection) => connection.type ?? "MAIN"));
  for (const node of definition.nodes) for (const type of takes(types.of(node))) found.add(type);
  return [...found];
}
