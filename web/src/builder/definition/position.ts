/** Where people put a node in the drawing: part of its definition, in pixels at a zoom of 1. */

import { measured } from "./exactNumber";
import { isObject, type Json, type NodeDefinition } from "./types";

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** As far as a position may be from the origin, in both directions. */
export const FARTHEST = 1_000_000;

/** Where a node was put; undefined where the layout finds a place for it, as for what is no position. */
export function positionOf(node: NodeDefinition): Point | undefined {
  return isObject(node.position) ? pointFrom(node.position.x, node.position.y) : undefined;
}

function pointFrom(x: Json | undefined, y: Json | undefined): Point | undefined {
  const [left, top] = [measured(x), measured(y)];
  return isCoordinate(left) && isCoordinate(top) ? { x: left, y: top } : undefined;
}

function isCoordinate(value: unknown): value is number {
  return typeof value === "number" && Math.abs(value) <= FARTHEST;
}

/** The node at another place; the same one where it stands there already. */
export function placedAt(node: NodeDefinition, point: Point): NodeDefinition {
  const old = positionOf(node);
  const [x, y] = [within(point.x), within(point.y)];
  return old?.x === x && old.y === y ? node : { ...node, position: { x, y } };
}

function within(value: number): number {
  return Math.min(FARTHEST, Math.max(-FARTHEST, value));
}
