/** The automatic layout: from left to right, with suppliers of capabilities below the nodes that use them. Always the same for the same definition. */

import dagre from "@dagrejs/dagre";
import { typeOf, type Definition, type NodeId } from "../definition/types";
import { portsOf, takes, type NodeTypes } from "../definition/nodeTypes";
import type { Point } from "../definition/position";

export type Positions = Readonly<Record<NodeId, Point>>;
export type Heights = ReadonlyMap<NodeId, number>;

export const GRID = 20;
export const NODE_WIDTH = 220;
export const HEAD_HEIGHT = 56;
/** The top of the rows of named ports. */
export const PORTS_TOP = HEAD_HEIGHT;
export const PORT_HEIGHT = 26;
const TAKES_HEIGHT = 24;
const SUPPLIER_GAP = 60;

/** Returns the height of a node with this many rows of named ports, and a row for capabilities if it takes any. */
export function nodeHeight(namedPorts: number, takesCount: number): number {
  return HEAD_HEIGHT + (namedPorts > 0 ? namedPorts * PORT_HEIGHT + 6 : 0) + (takesCount > 0 ? TAKES_HEIGHT : 0);
}

function heightOf(types: NodeTypes, node: Definition["nodes"][number]): number {
  const type = types.of(node);
  const ports = portsOf(node, type);
  const areNamed = ports.length > 1 || (ports.length === 1 && ports[0] !== "main");
  return nodeHeight(areNamed ? ports.length : 0, takes(type).length);
}

/** Returns the height of each node. */
export function heightsOf(definition: Definition, types: NodeTypes): Heights {
  return new Map(definition.nodes.map((node) => [node.id, heightOf(types, node)]));
}

/** Returns a position for every node. */
export function layOut(definition: Definition, types: NodeTypes): Positions {
  const heights = heightsOf(definition, types);
  const suppliersOf = suppliers(definition, heights);
  const supplied = new Set([...suppliersOf.values()].flat());
  const graph = new dagre.graphlib.Graph({ multigraph: false });
  graph.setGraph({ rankdir: "LR", nodesep: 40, ranksep: 70, marginx: 0, marginy: 0, ranker: definition.nodes.length > 400 ? "longest-path" : "network-simplex" });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of definition.nodes)
    if (!supplied.has(node.id)) {
      const block = blockOf(node.id, heights, suppliersOf, new Set());
      graph.setNode(node.id, { width: block.width, height: block.height });
    }
  for (const connection of definition.connections) {
    const isDrawn = graph.hasNode(connection.from) && graph.hasNode(connection.to) && connection.from !== connection.to;
    if (isDrawn) graph.setEdge(connection.from, connection.to, { weight: (connection.port ?? "main") === "error" ? 1 : 2 });
  }
  dagre.layout(graph);
  const positions: Record<NodeId, Point> = {};
  for (const id of graph.nodes()) {
    const laid = graph.node(id) as { x: number; y: number; width: number; height: number };
    placeBlock(id, { x: laid.x - laid.width / 2, y: laid.y - laid.height / 2 }, heights, suppliersOf, positions);
  }
  return positions;
}

/** Puts every supplier below the first node that uses it, unless something flows through it too. */
function suppliers(definition: Definition, heights: ReadonlyMap<NodeId, number>): Map<NodeId, NodeId[]> {
  const flows = new Set(definition.connections.filter((item) => typeOf(item) === "MAIN").flatMap((item) => [item.from, item.to]));
  const userOf = new Map<NodeId, NodeId>();
  for (const item of definition.connections) {
    const isFirst = typeOf(item) !== "MAIN" && !flows.has(item.from) && !userOf.has(item.from) && heights.has(item.to) && heights.has(item.from);
    if (isFirst && !leadsTo(userOf, item.to, item.from)) userOf.set(item.from, item.to);
  }
  const found = new Map<NodeId, NodeId[]>();
  for (const [supplier, user] of userOf) found.set(user, [...(found.get(user) ?? []), supplier]);
  return found;
}

function leadsTo(userOf: ReadonlyMap<NodeId, NodeId>, from: NodeId, to: NodeId): boolean {
  for (let id: NodeId | undefined = from; id !== undefined; id = userOf.get(id)) if (id === to) return true;
  return false;
}

interface Block {
  readonly width: number;
  readonly height: number;
}

/** Returns the size of a node together with the suppliers below it. */
function blockOf(id: NodeId, heights: ReadonlyMap<NodeId, number>, suppliersOf: ReadonlyMap<NodeId, readonly NodeId[]>, seen: Set<NodeId>): Block {
  const own = heights.get(id) ?? HEAD_HEIGHT;
  seen.add(id);
  const below = (suppliersOf.get(id) ?? []).filter((other) => !seen.has(other)).map((other) => blockOf(other, heights, suppliersOf, seen));
  if (below.length === 0) return { width: NODE_WIDTH, height: own };
  const width = below.reduce((sum, block) => sum + block.width + GRID, -GRID);
  return { width: Math.max(NODE_WIDTH, width), height: own + SUPPLIER_GAP + Math.max(...below.map((block) => block.height)) };
}

function placeBlock(id: NodeId, corner: Point, heights: ReadonlyMap<NodeId, number>, suppliersOf: ReadonlyMap<NodeId, readonly NodeId[]>, into: Record<NodeId, Point>): void {
  into[id] = onGrid(corner);
  let x = corner.x;
  for (const other of suppliersOf.get(id) ?? []) {
    if (into[other] !== undefined) continue;
    placeBlock(other, { x, y: corner.y + (heights.get(id) ?? HEAD_HEIGHT) + SUPPLIER_GAP }, heights, suppliersOf, into);
    x += blockOf(other, heights, suppliersOf, new Set()).width + GRID;
  }
}

export function onGrid(point: Point): Point {
  return { x: Math.round(point.x / GRID) * GRID, y: Math.round(point.y / GRID) * GRID };
}

/** Whether a node at this place would touch no other node. */
export function isFree(place: Point, height: number | undefined, taken: Positions, heights: Heights): boolean {
  return blockerOf(place, height ?? HEAD_HEIGHT, taken, heights) === undefined;
}

/** Returns the wanted place, or the first free one below it. */
export function freePlace(wanted: Point, taken: Positions, heights: Heights = new Map(), height = HEAD_HEIGHT): Point {
  let place = onGrid(wanted);
  for (let blocker = blockerOf(place, height, taken, heights); blocker !== undefined; blocker = blockerOf(place, height, taken, heights))
    place = { x: place.x, y: Math.ceil((blocker + GRID) / GRID) * GRID };
  return place;
}

/** Returns the lower edge of a node that is in the way. */
function blockerOf(place: Point, height: number, taken: Positions, heights: Heights): number | undefined {
  for (const [id, other] of Object.entries(taken)) {
    const bottom = other.y + (heights.get(id) ?? HEAD_HEIGHT);
    if (Math.abs(other.x - place.x) < NODE_WIDTH + GRID && place.y < bottom + GRID && other.y < place.y + height + GRID) return bottom;
  }
  return undefined;
}

/** Returns the place of a node that is added after another one. */
export function placeAfter(after: NodeId, taken: Positions, heights: Heights, height?: number): Point {
  const origin = taken[after] ?? { x: 0, y: 0 };
  return freePlace({ x: origin.x + NODE_WIDTH + 100, y: origin.y }, taken, heights, height);
}
