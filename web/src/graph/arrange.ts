/** The positions of all nodes: those that people gave, and around them those that the layout finds. Always the same for the same definition, on every page. */

import { positionOf, type Point } from "../builder/definition/position";
import { connectionKey, type ConnectionDefinition, type Definition, type NodeId } from "../builder/definition/types";
import type { NodeTypes } from "../builder/definition/nodeTypes";
import { COLUMN_GAP, freePlace, heightsOf, isFree, layOut, NODE_WIDTH, onGrid, type Heights, type Positions } from "./layout";

/** In a graph with more nodes than this, nodes keep their positions while it is edited, until it is opened again: a new layout would take too long. */
const LAID_AGAIN = 200;
/** A node that is farther than this from the nodes it is connected to would be hard to find. */
const FAR = 4 * NODE_WIDTH;
const ORIGIN: Point = { x: 0, y: 0 };

export interface Arrangement {
  /** Positions of all nodes. */
  readonly positions: Positions;
  /** Positions that people gave. */
  readonly own: Positions;
  /** Positions of the layout alone; null if people gave every node a position. */
  readonly laid: Positions | null;
  /** What the layout depends on. */
  readonly outline: string;
  readonly connections: readonly ConnectionDefinition[];
}

/** Returns the arrangement of a definition; `before`, or parts of it, if nothing about them has changed. */
export function arrange(definition: Definition, types: NodeTypes, before: Arrangement | null = null): Arrangement {
  const heights = heightsOf(definition, types);
  const own = ownPositions(definition);
  const outline = outlineOf(heights);
  const isSame = before?.outline === outline && sameConnections(before.connections, definition.connections);
  if (isSame && samePlaces(before.own, own)) return before;
  const { connections } = definition;
  if (definition.nodes.every((node) => own.has(node.id))) return { positions: own, own, laid: null, outline, connections };
  const laid = (isSame ? before.laid : null) ?? laidAgain(definition, types, heights, before);
  return { positions: around(definition, heights, own, laid), own, laid, outline, connections };
}

/** Whether the graph is drawn as before: the same nodes of the same height, connected alike. Names and parameters may differ. */
export function isSameGraph(definition: Definition, types: NodeTypes, before: Arrangement): boolean {
  return before.outline === outlineOf(heightsOf(definition, types)) && sameConnections(before.connections, definition.connections);
}

const outlineOf = (heights: Heights): string => JSON.stringify([...heights]);

function ownPositions(definition: Definition): Positions {
  return new Map(
    definition.nodes.flatMap((node): [NodeId, Point][] => {
      const point = positionOf(node);
      return point === undefined ? [] : [[node.id, point]];
    }),
  );
}

function laidAgain(definition: Definition, types: NodeTypes, heights: Heights, before: Arrangement | null): Positions {
  if (before === null || before.laid === null || definition.nodes.length <= LAID_AGAIN) return layOut(definition, types);
  const found = new Map([...before.laid].filter(([id]) => heights.has(id)));
  for (const { id } of definition.nodes) if (!found.has(id)) found.set(id, freePlace(besideOf(id, definition, found), found, heights, heights.get(id)));
  return found;
}

function besideOf(id: NodeId, definition: Definition, found: Positions): Point {
  const before = definition.connections.find((item) => item.to === id && found.has(item.from));
  const origin = before === undefined ? undefined : found.get(before.from);
  return origin === undefined ? ORIGIN : { x: origin.x + NODE_WIDTH + COLUMN_GAP, y: origin.y };
}

/** Nodes with a position of their own keep it. Each other node gets its place in the layout, or the first free place below it. */
function around(definition: Definition, heights: Heights, own: Positions, laid: Positions): Positions {
  if (own.size === 0) return laid;
  const found = new Map(own);
  const crowded: [NodeId, Point][] = [];
  const shifts = shiftsOf(definition, own, laid);
  for (const { id } of definition.nodes) {
    if (own.has(id)) continue;
    const [place, shift] = [laid.get(id) ?? ORIGIN, shifts.get(id) ?? ORIGIN];
    const wanted = onGrid({ x: place.x + shift.x, y: place.y + shift.y });
    if (isFree(wanted, heights.get(id), found, heights)) found.set(id, wanted);
    else crowded.push([id, wanted]);
  }
  for (const [id, wanted] of crowded) found.set(id, freePlace(wanted, found, heights, heights.get(id)));
  return found;
}

/** If most nodes have a position of their own, each other node moves near those it is connected to, if it would be far from all of them. */
function shiftsOf(definition: Definition, own: Positions, laid: Positions): ReadonlyMap<NodeId, Point> {
  const shifts = new Map<NodeId, Point>();
  if (own.size * 2 < definition.nodes.length) return shifts;
  for (const group of groupsWithout(definition, own)) {
    const bounds = definition.connections.flatMap((item) => [[item.from, item.to], [item.to, item.from]] as const).filter(([inner, outer]) => group.has(inner) && own.has(outer));
    const ends = bounds.map(([inner, outer]) => ({ wanted: laid.get(inner) ?? ORIGIN, anchor: own.get(outer) ?? ORIGIN, from: laid.get(outer) ?? ORIGIN }));
    const [first] = ends;
    if (first === undefined || ends.some(({ wanted, anchor }) => Math.hypot(wanted.x - anchor.x, wanted.y - anchor.y) <= FAR)) continue;
    for (const id of group) shifts.set(id, { x: first.anchor.x - first.from.x, y: first.anchor.y - first.from.y });
  }
  return shifts;
}

/** Returns the nodes without a position of their own in groups: nodes that are connected through such nodes only. */
function groupsWithout(definition: Definition, own: Positions): readonly ReadonlySet<NodeId>[] {
  const groupOf = new Map<NodeId, Set<NodeId>>();
  for (const { id } of definition.nodes) if (!own.has(id)) groupOf.set(id, new Set([id]));
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
  return left.size === right.size && [...left].every(([id, point]) => point.x === right.get(id)?.x && point.y === right.get(id)?.y);
}
