/** The picture of an example: the layout and the lines of the builder, with each node drawn as a small tile. */

import type { NodeTypes } from "../builder/definition/nodeTypes";
import type { Definition, NodeId } from "../builder/definition/types";
import { linesOf } from "../execution/graph";
import { arrange } from "../graph/arrange";
import { connectionStyle, type ConnectionStyle } from "../graph/connectionStyle";
import { drawnNode, usedBy, wayOf, type Drawn } from "../graph/drawn";
import { COLUMN_GAP, NODE_WIDTH } from "../graph/layout";

export const TILE = 56;
const GAP = 44;
/** Columns of tiles stand closer than columns of whole nodes. */
const NARROWER = (TILE + GAP) / (NODE_WIDTH + COLUMN_GAP);
const LOWER = 0.75;
const MARGIN = 12;

export interface Tile {
  readonly id: NodeId;
  readonly x: number;
  readonly y: number;
  readonly drawn: Drawn;
}

export interface Stroke {
  readonly key: string;
  readonly path: string;
  readonly style: ConnectionStyle;
}

export interface ExamplePicture {
  readonly tiles: readonly Tile[];
  readonly strokes: readonly Stroke[];
  readonly box: string;
}

export function pictureOf(definition: Definition, types: NodeTypes): ExamplePicture {
  const used = usedBy(definition);
  const drawn = new Map(definition.nodes.map((node) => [node.id, asTile(drawnNode(node, types, used.get(node.id)))]));
  const positions = new Map([...arrange(definition, types).positions].map(([id, { x, y }]) => [id, { x: x * NARROWER, y: y * LOWER }]));
  const tiles = [...drawn].flatMap(([id, each]): Tile[] => {
    const at = positions.get(id);
    return at === undefined ? [] : [{ id, ...at, drawn: each }];
  });
  const strokes = linesOf(definition).flatMap((line): Stroke[] => {
    const way = wayOf(line, drawn, positions);
    return way === null ? [] : [{ key: line.key, path: way.path, style: connectionStyle(line.type, line.port) }];
  });
  return { tiles, strokes, box: boxOf(tiles, strokes) };
}

/** All ports are in the middle of its sides. */
function asTile(drawn: Drawn): Drawn {
  const places = drawn.places.map((place) => ({ ...place, x: place.x === NODE_WIDTH ? TILE : Math.min(place.x, TILE / 2), y: place.x === 0 || place.x === NODE_WIDTH ? TILE / 2 : Math.min(place.y, TILE) }));
  return { ...drawn, width: TILE, height: TILE, places };
}

/** Lines that lead back pass below the tiles. */
function boxOf(tiles: readonly Tile[], strokes: readonly Stroke[]): string {
  const numbers = strokes.flatMap(({ path }) => (path.match(/-?\d+(?:\.\d+)?/g) ?? []).map(Number));
  const [xs, ys] = [0, 1].map((odd) => numbers.filter((_, index) => index % 2 === odd)) as [number[], number[]];
  const left = Math.min(...tiles.map(({ x }) => x), ...xs) - MARGIN;
  const top = Math.min(...tiles.map(({ y }) => y), ...ys) - MARGIN;
  const right = Math.max(...tiles.map(({ x }) => x + TILE), ...xs) + MARGIN;
  const bottom = Math.max(...tiles.map(({ y }) => y + TILE), ...ys) + MARGIN;
  return [left, top, right - left, bottom - top].map((each) => Math.round(each)).join(" ");
}
