/** Which nodes of a graph are its main line, and which are reached through errors only. */

import { portOf, typeOf, type ConnectionDefinition, type Definition, type NodeId } from "../builder/definition/types";

/** Returns the longest way forward from the first node, without errors; of ways that are equally long the one that was drawn first. */
export function mainLine(definition: Definition): readonly NodeId[] {
  const next = nextOf(definition, (item) => portOf(item) !== "error");
  const hasWayIn = new Set(definition.connections.filter((item) => typeOf(item) === "MAIN").map((item) => item.to));
  const first = definition.nodes.find(({ id }) => !hasWayIn.has(id) && next.has(id)) ?? definition.nodes.find(({ id }) => next.has(id));
  if (first === undefined) return [];
  const longest = longestFrom(first.id, next);
  const line: NodeId[] = [];
  for (let id: NodeId | undefined = first.id; id !== undefined; id = longest.get(id)?.next) line.push(id);
  return line;
}

interface Way {
  readonly length: number;
  readonly next: NodeId | undefined;
}

/** Returns the longest way from each node that can be reached. A connection that leads back is not part of any. */
function longestFrom(start: NodeId, next: ReadonlyMap<NodeId, readonly NodeId[]>): ReadonlyMap<NodeId, Way> {
  const done = new Map<NodeId, Way>();
  const open = new Set<NodeId>([start]);
  const stack: { readonly id: NodeId; at: number; best: Way }[] = [{ id: start, at: 0, best: { length: 0, next: undefined } }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const to = next.get(top.id)?.[top.at];
    if (to === undefined) {
      done.set(top.id, top.best);
      open.delete(top.id);
      stack.pop();
      continue;
    }
    const known = done.get(to);
    if (known === undefined && !open.has(to)) {
      open.add(to);
      stack.push({ id: to, at: 0, best: { length: 0, next: undefined } });
      continue;
    }
    if (known !== undefined && known.length + 1 > top.best.length) top.best = { length: known.length + 1, next: to };
    top.at += 1;
  }
  return done;
}

/** Returns the nodes that nothing but an error leads to, and those that only follow such nodes. */
export function onlyAfterErrors(definition: Definition): ReadonlySet<NodeId> {
  const usual = nextOf(definition, (item) => portOf(item) !== "error");
  const hasWayIn = new Set(definition.connections.filter((item) => typeOf(item) === "MAIN").map((item) => item.to));
  const reached = new Set(definition.nodes.filter(({ id }) => !hasWayIn.has(id)).map(({ id }) => id));
  const queue = [...reached];
  for (let id = queue.pop(); id !== undefined; id = queue.pop())
    for (const to of usual.get(id) ?? [])
      if (!reached.has(to)) {
        reached.add(to);
        queue.push(to);
      }
  return new Set(definition.nodes.filter(({ id }) => hasWayIn.has(id) && !reached.has(id)).map(({ id }) => id));
}

function nextOf(definition: Definition, isMeant: (item: ConnectionDefinition) => boolean): ReadonlyMap<NodeId, readonly NodeId[]> {
  const next = new Map<NodeId, NodeId[]>();
  const ids = new Set(definition.nodes.map(({ id }) => id));
  for (const item of definition.connections) {
    if (typeOf(item) !== "MAIN" || !isMeant(item) || !ids.has(item.from) || !ids.has(item.to)) continue;
    const known = next.get(item.from);
    if (known === undefined) next.set(item.from, [item.to]);
    else known.push(item.to);
  }
  return next;
}
