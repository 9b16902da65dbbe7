/** Notes and groups as they are drawn. */

import { groupsOf, notesOf, type Note } from "../builder/definition/drawing";
import type { Definition, NodeId } from "../builder/definition/types";
import { GRID, HEAD_HEIGHT, NODE_WIDTH, type Heights, type Positions } from "./layout";
import type { Box } from "./pasting";

/** A group with the frame around its nodes. */
export interface Frame extends Box {
  readonly id: string;
  readonly name: string;
  readonly nodes: readonly NodeId[];
}

/** Between a frame and its nodes; above them there is room for its name. Multiples of the grid, so that nodes that are moved with their frame stay on it. */
const MARGIN = GRID;
const NAME_HEIGHT = GRID;

export function framesOf(definition: Definition, positions: Positions, heights: Heights): readonly Frame[] {
  return groupsOf(definition).flatMap((group) => {
    const points = group.nodes.flatMap((id) => {
      const point = positions.get(id);
      return point === undefined ? [] : [{ ...point, bottom: point.y + (heights.get(id) ?? HEAD_HEIGHT) }];
    });
    if (points.length === 0) return [];
    const [x, y] = [Math.min(...points.map((point) => point.x)) - MARGIN, Math.min(...points.map((point) => point.y)) - MARGIN - NAME_HEIGHT];
    const right = Math.max(...points.map((point) => point.x)) + NODE_WIDTH + MARGIN;
    const bottom = Math.max(...points.map((point) => point.bottom)) + MARGIN;
    return [{ ...group, x, y, width: right - x, height: bottom - y }];
  });
}

export const noteKey = (id: string): string => `note:${id}`;
export const groupKey = (id: string): string => `group:${id}`;

/** Returns the note or the group that something on the canvas stands for; null if it is a node. */
export function readKey(key: string): { readonly kind: "note" | "group"; readonly id: string } | null {
  if (key.startsWith("note:")) return { kind: "note", id: key.slice(5) };
  return key.startsWith("group:") ? { kind: "group", id: key.slice(6) } : null;
}

export type { Note };
export { notesOf };
