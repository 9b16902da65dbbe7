/** Where every node stands: where people put it, or where the layout finds room around those. The same for the same definition, on every page. */

import { positionOf, type Point } from "../definition/position";
import { connectionKey, type ConnectionDefinition, type Definition, type NodeId } from "../definition/types";
import type { NodeTypes } from "../definition/nodeTypes";
import { freePlace, heightsOf, isFree, layOut, NODE_WIDTH, onGrid, type Heights, type Positions } from "./layout";

/** Of a graph of more nodes that is edited what stands somewhere stays there until it is opened again: to lay it out takes too long. */
const LAID_AGAIN = 200;
/** Farther from what it is connected to than this, a node would not be found. */
const FAR = 4 * NODE_WIDTH;

export interface Arrangement {
  /** Of every node. */
  readonly positions: Positions;
  /** Of those that people put somewhere. */
  readonly own: Positions;
  /** What the layout alone would give; null while every node was put somewhere. */
  readonly laid: Positions | null;
  /** What the layout depends on. */
  readonly outline: string;
  readonly connections: readonly ConnectionDefinition[];
}

/** The arrangement of a definition; `before`, or its parts, where nothing about it has changed. */
export function arrange(definition: Definition, types: NodeTypes, before: Arrangement | null = null): Arrangement {
  const heights = heightsOf(definition, types);
  const own = ownPositions(definition);
  const outline = JSON.stringify([...heights]);
  const isSameGraph = before?.outline === outline && sameConnections(before.connections, definition.connections);
  if (isSameGraph && samePlaces(before.own, own)) return before;
  const { connections } = definition;
  if (definition.nodes.every((node) => own[node.id] !== undefined)) return { positions: own, own, laid: null, outline, connections };
  const laid = (isSameGraph ? before.laid : null) ?? laidAgain(definition, types, heights, before);
  return { positions: around(definition, heights, own, laid), own, laid, outline, connections };
}

function ownPositions(definition: Definition): Positions {
  return Object.fromEntries(
    definition.nodes.flatMap((node) => {
      const point = positionOf(node);
      return point === undefined ? [] : [[node.id, point]];
    }),
  );
}

function laidAgain(definition: Definition, types: NodeTypes, heights: Heights, before: Arrangement | null): Positions {
  if (before === null || before.laid === null || definition.nodes.length <= LAID_AGAIN) return layOut(definition, types);
  const known = Object.entries(before.laid).filter(([id]) => heights.has(id));
  const found: Record<NodeId, Point> = Object.fromEntries(known);
  for (const node of definition.nodes) found[node.id] ??= freePlace(besideOf(node.id, definition, found), found, heights, heights.get(node.id));
  return found;
}

function besideOf(id: NodeId, definition: Definition, found: Positions): Point {
  const before = definition.connections.find((item) => item.to === id && found[item.from] !== undefined);
  const origin = before === undefined ? undefined : found[before.from];
  return origin === undefined ? { x: 0, y: 0 } : { x: origin.x + NODE_WIDTH + 100, y: origin.y };
}

/** Those that were put somewhere stay; each other one stands where it is laid, or in the first free place below. */
function around(definition: Definition, heights: Heights, own: Positions, laid: Positions): Positions {
  if (Object.keys(own).length === 0) return laid;
  const found: Record<NodeId, Point> = { ...own };
  const crowded: [NodeId, Point][] = [];
  const shifts = shiftsOf(definition, own, laid);
  for (const { id } of definition.nodes) {
    if (own[id] !== undefined) continue;
    const [place, shift] = [laid[id] ?? { x: 0, y: 0 }, shifts.get(id) ?? { x: 0, y: 0 }];
    const wanted = onGrid({ x: place.x + shift.x, y: place.y + shift.y });
    if (isFree(wanted, heights.get(id), found, heights)) found[id] = wanted;
    else crowded.push([id, wanted]);
  }
  for (const [id, wanted] of crowded) found[id] = freePlace(wanted, found, heights, heights.get(id));
  return found;
}

/** Where most nodes were put somewhere, the others follow those that they are connected to, if they would be far from all of them otherwise. */
function shiftsOf(definition: Definition, own: Positions, laid: Positions): ReadonlyMap<NodeId, Point> {
  const shifts = new Map<NodeId, Point>();
  if (Object.keys(own).length * 2 < definition.nodes.length) return shifts;
  for (const group of groupsWithout(definition, own)) {
    const bounds = definition.connections.flatMap((item) => [[item.from, item.to], [item.to, item.from]] as const).filter(([inner, outer]) => group.has(inner) && own[outer] !== undefined);
    const ends = bounds.map(([inner, outer]) => ({ wanted: laid[inner] ?? { x: 0, y: 0 }, anchor: own[outer] ?? { x: 0, y: 0 }, from: laid[outer] ?? { x: 0, y: 0 } }));
    const [first] = ends;
    if (first === undefined || ends.some(({ wanted, anchor }) => Math.hypot(wanted.x - anchor.x, wanted.y - anchor.y) <= FAR)) continue;
    for (const id of group) shifts.set(id, { x: first.anchor.x - first.from.x, y: first.anchor.y - first.from.y });
  }
  return shifts;
}

/** The nodes that were put nowhere, those together that are connected without passing through one that was. */
function groupsWithout(definition: Definition, own: Positions): readonly ReadonlySet<NodeId>[] {
  const groupOf = new Map<NodeId, Set<NodeId>>();
  for (const { id } of definition.nodes) if (own[id] === undefined) groupOf.set(id, new Set([id]));
  for (const { from, to } of definition.connections) {
    const [left, right] = [groupOf.get(from), groupOf.get(to)];
    if (left === undefined || right === undefined || left === right) continue;
    for (const id of right) {
      left.add(id);
      groupOf.set(id, left);
    }
  }
  return [...new Set(groupOf.values())];
}

function sameConnections(left: readonly ConnectionDefinition[], right: readonly ConnectionDefinition[]): boolean {
  return left === right || (left.length === right.length && left.every((item, index) => item === right[index] || connectionKey(item) === connectionKey(right[index] as ConnectionDefinition)));
}

export function samePlaces(left: Positions, right: Positions): boolean {
  const ids = Object.keys(left);
  return ids.length === Object.keys(right).length && ids.every((id) => left[id]?.x === right[id]?.x && left[id]?.y === right[id]?.y);
}
