/** How far a canvas is panned, so that a box in the graph is in sight. */

import type { Box } from "./pasting";

export interface Viewport {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

/** Pixels of the screen that stay free around what is brought into sight. */
const MARGIN = 28;

/** Returns the viewport, moved as little as necessary; the same object if the box is in sight. `frame` is the part of the canvas that nothing covers, on the screen. */
export function panInto(viewport: Viewport, frame: Box, box: Box): Viewport {
  const { zoom } = viewport;
  const x = viewport.x + shift(viewport.x + box.x * zoom, box.width * zoom, frame.x, frame.width);
  const y = viewport.y + shift(viewport.y + box.y * zoom, box.height * zoom, frame.y, frame.height);
  return x === viewport.x && y === viewport.y ? viewport : { x, y, zoom };
}

function shift(start: number, length: number, frameStart: number, frameLength: number): number {
  const [first, last] = [frameStart + MARGIN, frameStart + frameLength - MARGIN];
  if (length > last - first) return frameStart + (frameLength - length) / 2 - start;
  if (start < first) return first - start;
  return start + length > last ? last - start - length : 0;
}

/** Returns the part of the graph that a part of the canvas shows. */
export function inGraph(viewport: Viewport, frame: Box): Box {
  const { x, y, zoom } = viewport;
  return { x: (frame.x - x) / zoom, y: (frame.y - y) / zoom, width: frame.width / zoom, height: frame.height / zoom };
}
