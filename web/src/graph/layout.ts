/** The automatic layout: from left to right, the main line straight, suppliers of capabilities below the nodes that use them. Always the same for the same definition. */

import dagre from "@dagrejs/dagre";
import { portsOf, takes, type NodeTypes } from "../builder/definition/nodeTypes";
import type { Point } from "../builder/definition/position";
import { portOf, typeOf, type Definition, type NodeId } from "../builder/definition/types";
import { mainLine, onlyAfterErrors } from "./mainLine";

export type Positions = ReadonlyMap<NodeId, Point>;
export type Heights = ReadonlyMap<NodeId, number>;

export const GRID = 20;
export const NODE_WIDTH = 200;
export const HEAD_HEIGHT = 56;
/** The top of the rows of named ports. */
export const PORTS_TOP = HEAD_HEIGHT;
export const PORT_HEIGHT = 26;
const TAKES_HEIGHT = 24;
const SUPPLIER_GAP = 60;
/** Between nodes that follow each other, and between nodes below each other. */
export const COLUMN_GAP = 60;
const ROW_GAP = 40;
/** Above this many nodes a faster, less compact way of ranking is used. */
const MANY = 400;

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

/** A node together with the suppliers below it, as the layout moves it. */
interface Block {
  readonly id: NodeId;
  readonly width: number;
  readonly height: number;
  x: number;
  y: number;
}

/** Returns a position for every node. */
export function layOut(definition: Definition, types: NodeTypes): Positions {
  const heights = heightsOf(definition, types);
  const suppliersOf = suppliers(definition, heights);
  const supplied = new Set([...suppliersOf.values()].flat());
  const blocks = definition.nodes.filter((node) => !supplied.has(node.id)).map(({ id }) => ({ id, ...blockOf(id, heights, suppliersOf, new Set()), x: 0, y: 0 }));
  const line = mainLine(definition);
  rank(definition, blocks, new Set(line));
  straighten(blocks, new Set(line), onlyAfterErrors(definition));
  const positions = new Map<NodeId, Point>();
  for (const { id, x, y } of blocks) placeBlock(id, { x, y }, heights, suppliersOf, positions);
  return positions;
}

/** Gives each block its column and its order in it. The names in the graph are numbers: an id from outside could be one that an object has already. */
function rank(definition: Definition, blocks: readonly Block[], line: ReadonlySet<NodeId>): void {
  const graph = new dagre.graphlib.Graph({ multigraph: false });
  graph.setGraph({ rankdir: "LR", nodesep: ROW_GAP, ranksep: COLUMN_GAP, marginx: 0, marginy: 0, ranker: blocks.length > MANY ? "longest-path" : "network-simplex" });
  graph.setDefaultEdgeLabel(() => ({}));
  const names = new Map(blocks.map(({ id }, index) => [id, String(index)]));
  for (const [index, { width, height }] of blocks.entries()) graph.setNode(String(index), { width, height });
  for (const connection of definition.connections) {
    const [from, to] = [names.get(connection.from), names.get(connection.to)];
    if (from === undefined || to === undefined || from === to) continue;
    const weight = portOf(connection) === "error" ? 1 : line.has(connection.from) && line.has(connection.to) ? 8 : 2;
    graph.setEdge(from, to, { weight });
  }
  dagre.layout(graph);
  for (const [index, block] of blocks.entries()) {
    const laid = graph.node(String(index)) as Point;
    block.x = laid.x - block.width / 2;
    block.y = laid.y - block.height / 2;
  }
}

/** Puts the nodes of the main line at one height, what follows errors only below it, and moves the others of each column out of the way. */
function straighten(blocks: readonly Block[], line: ReadonlySet<NodeId>, afterErrors: ReadonlySet<NodeId>): void {
  const main = blocks.filter((block) => line.has(block.id));
  const level = middleOf(main.map((block) => block.y));
  for (const column of columnsOf(blocks)) {
    const at = column.findIndex((block) => line.has(block.id));
    const centre = column[at];
    if (centre === undefined) continue;
    const isBelow = (block: Block, index: number) => index > at || afterErrors.has(block.id);
    const others = column.filter((block) => block !== centre);
    const below = others.filter((block) => isBelow(block, column.indexOf(block))).sort((one, other) => Number(afterErrors.has(one.id)) - Number(afterErrors.has(other.id)));
    const above = others.filter((block) => !below.includes(block)).reverse();
    centre.y = level;
    let edge = level + centre.height + ROW_GAP;
    for (const block of below) {
      block.y = Math.max(block.y, edge);
      edge = block.y + block.height + ROW_GAP;
    }
    edge = level - ROW_GAP;
    for (const block of above) {
      block.y = Math.min(block.y, edge - block.height);
      edge = block.y - ROW_GAP;
    }
  }
}

/** Returns the blocks that stand below each other, from the top. A block with several suppliers is wider than the others of its column. */
function columnsOf(blocks: readonly Block[]): Block[][] {
  const columns = new Map<number, Block[]>();
  for (const block of blocks) {
    const centre = Math.round(block.x + block.width / 2);
    columns.set(centre, [...(columns.get(centre) ?? []), block]);
  }
  return [...columns.values()].map((column) => column.sort((one, other) => one.y - other.y));
}

function middleOf(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
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

/** Returns the size of a node together with the suppliers below it. */
function blockOf(id: NodeId, heights: ReadonlyMap<NodeId, number>, suppliersOf: ReadonlyMap<NodeId, readonly NodeId[]>, seen: Set<NodeId>): { readonly width: number; readonly height: number } {
  const own = heights.get(id) ?? HEAD_HEIGHT;
  seen.add(id);
  const below = (suppliersOf.get(id) ?? []).filter((other) => !seen.has(other)).map((other) => blockOf(other, heights, suppliersOf, seen));
  if (below.length === 0) return { width: NODE_WIDTH, height: own };
  const width = below.reduce((sum, block) => sum + block.width + GRID, -GRID);
  return { width: Math.max(NODE_WIDTH, width), height: own + SUPPLIER_GAP + Math.max(...below.map((block) => block.height)) };
}

function placeBlock(id: NodeId, corner: Point, heights: ReadonlyMap<NodeId, number>, suppliersOf: ReadonlyMap<NodeId, readonly NodeId[]>, into: Map<NodeId, Point>): void {
  into.set(id, onGrid(corner));
  let x = corner.x;
  for (const other of suppliersOf.get(id) ?? []) {
    if (into.has(other)) continue;
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
  for (const [id, other] of taken) {
    const bottom = other.y + (heights.get(id) ?? HEAD_HEIGHT);
    if (Math.abs(other.x - place.x) < NODE_WIDTH + GRID && place.y < bottom + GRID && other.y < place.y + height + GRID) return bottom;
  }
  return undefined;
}

/** Returns the place of a node that is added after another one. */
export function placeAfter(after: NodeId, taken: Positions, heights: Heights, height?: number): Point {
  const origin = taken.get(after) ?? { x: 0, y: 0 };
  return freePlace({ x: origin.x + NODE_WIDTH + COLUMN_GAP, y: origin.y }, taken, heights, height);
}
