/** The expressions that can be inserted into the parameters of a node: the nodes before it, and what is always there. */

import { typeOf, titleOf, type Definition, type NodeId } from "../definition/types";

export interface Insert {
  readonly label: string;
  readonly text: string;
  /** The node whose output it is. */
  readonly node?: NodeId;
}

const MOST = 14;
const ALWAYS: readonly Insert[] = [
  { label: "The whole input", text: "input" },
  { label: "The shared object of the execution", text: "context" },
  { label: "The id of the execution", text: "execution.id" },
  { label: "What it is about", text: "subject" },
];

/** Returns the nodes before it, nearest first, then what is always there. */
export function insertsFor(definition: Definition, id: NodeId): readonly Insert[] {
  const incoming = new Map<NodeId, NodeId[]>();
  for (const connection of definition.connections) if (typeOf(connection) === "MAIN") incoming.set(connection.to, [...(incoming.get(connection.to) ?? []), connection.from]);
  const found: NodeId[] = [];
  const seen = new Set<NodeId>();
  let front: readonly NodeId[] = [id];
  while (front.length > 0 && found.length < MOST) {
    const next = front.flatMap((node) => incoming.get(node) ?? []).filter((node) => !seen.has(node));
    for (const node of next) seen.add(node);
    found.push(...new Set(next));
    front = [...new Set(next)];
  }
  const names = new Map(definition.nodes.map((node) => [node.id, titleOf(node)]));
  const nodes = found.filter((node) => node !== id && names.has(node)).slice(0, MOST);
  return [...nodes.map((node) => ({ label: `Output of ${names.get(node) ?? node}`, text: `nodes[${JSON.stringify(node)}].output`, node })), ...ALWAYS];
}
