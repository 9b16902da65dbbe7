/** Nodes in line with each other, and at equal distances. */

import type { Point } from "../builder/definition/position";
import type { NodeId } from "../builder/definition/types";
import { HEAD_HEIGHT, NODE_WIDTH, type Heights, type Positions } from "./layout";

export type Edge = "left" | "centre" | "right" | "top" | "middle" | "bottom";

interface Placed extends Point {
  readonly id: NodeId;
  readonly height: number;
}

function placedOf(ids: readonly NodeId[], positions: Positions, heights: Heights): readonly Placed[] {
  return ids.flatMap((id) => {
    const point = positions.get(id);
    return point === undefined ? [] : [{ id, ...point, height: heights.get(id) ?? HEAD_HEIGHT }];
  });
}

/** Returns the positions at which these edges of the nodes are in one line: the outermost one, or the middle of all. */
export function aligned(edge: Edge, ids: readonly NodeId[], positions: Positions, heights: Heights): Positions {
  const nodes = placedOf(ids, positions, heights);
  const [left, top] = [Math.min(...nodes.map((node) => node.x)), Math.min(...nodes.map((node) => node.y))];
  const [right, bottom] = [Math.max(...nodes.map((node) => node.x + NODE_WIDTH)), Math.max(...nodes.map((node) => node.y + node.height))];
  const at = (node: Placed): Point => {
    switch (edge) {
      case "left":
        return { x: left, y: node.y };
      case "right":
        return { x: right - NODE_WIDTH, y: node.y };
      case "centre":
        return { x: Math.round((left + right - NODE_WIDTH) / 2), y: node.y };
      case "top":
        return { x: node.x, y: top };
      case "bottom":
        return { x: node.x, y: bottom - node.height };
      case "middle":
        return { x: node.x, y: Math.round((top + bottom - node.height) / 2) };
    }
  };
  return new Map(nodes.map((node) => [node.id, at(node)]));
}

/** Returns the positions at which the gaps between the nodes are equal, from the first to the last, which stay where they are. */
export function distributed(axis: "x" | "y", ids: readonly NodeId[], positions: Positions, heights: Heights): Positions {
  const size = (node: Placed) => (axis === "x" ? NODE_WIDTH : node.height);
  const nodes = placedOf(ids, positions, heights).toSorted((one, other) => one[axis] - other[axis]);
  const [first, last] = [nodes[0], nodes.at(-1)];
  if (first === undefined || last === undefined) return new Map();
  const free = last[axis] + size(last) - first[axis] - nodes.reduce((sum, node) => sum + size(node), 0);
  const gap = free / (nodes.length - 1);
  let next = first[axis];
  return new Map(
    nodes.map((node) => {
      const at = Math.round(next);
      next += size(node) + gap;
      return [node.id, { x: node.x, y: node.y, [axis]: at }];
    }),
  );
}
