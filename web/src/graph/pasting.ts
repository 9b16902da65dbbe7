/** Where a copy of nodes is put: in sight, and on no other node. */

import { positionOf, type Point } from "../builder/definition/position";
import type { NodeDefinition } from "../builder/definition/types";
import { GRID, HEAD_HEIGHT, isFree, NODE_WIDTH, onGrid, type Heights, type Positions } from "./layout";

/** A part of the canvas, in the coordinates of the graph. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Returns how far to move nodes that are pasted: just below themselves, or to the middle of what is in sight if they are out of sight, and further down until nothing is in the way. */
export function shiftFor(nodes: readonly NodeDefinition[], taken: Positions, heights: Heights, sight: Box | null): Point {
  const box = boxOf(nodes, heights);
  if (box === null) return { x: 0, y: 0 };
  const below = { x: 0, y: box.height + 2 * GRID };
  let shift = sight === null || isInside({ ...box, y: box.y + below.y }, sight) ? below : onGrid({ x: sight.x + (sight.width - box.width) / 2 - box.x, y: sight.y + (sight.height - box.height) / 2 - box.y });
  const isFreeAt = (by: Point) => nodes.every((node) => {
    const point = positionOf(node);
    return point === undefined || isFree({ x: point.x + by.x, y: point.y + by.y }, heights.get(node.id), taken, heights);
  });
  for (let tries = 0; tries < 1_000 && !isFreeAt(shift); tries += 1) shift = { x: shift.x, y: shift.y + GRID };
  return shift;
}

/** Returns the box around nodes that have a position; null if none has. */
export function boxOf(nodes: readonly NodeDefinition[], heights: Heights): Box | null {
  const placed = nodes.flatMap((node) => {
    const point = positionOf(node);
    return point === undefined ? [] : [{ ...point, bottom: point.y + (heights.get(node.id) ?? HEAD_HEIGHT) }];
  });
  if (placed.length === 0) return null;
  const [x, y] = [Math.min(...placed.map((item) => item.x)), Math.min(...placed.map((item) => item.y))];
  return { x, y, width: Math.max(...placed.map((item) => item.x)) + NODE_WIDTH - x, height: Math.max(...placed.map((item) => item.bottom)) - y };
}

function isInside(inner: Box, outer: Box): boolean {
  return inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.width <= outer.x + outer.width && inner.y + inner.height <= outer.y + outer.height;
}
