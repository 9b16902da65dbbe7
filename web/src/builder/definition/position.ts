/** The position that people gave a node in the drawing: part of its definition, in pixels at a zoom of 1. */

import { measured } from "../../json/exactNumber";
import { isObject, type Json, type NodeDefinition } from "./types";

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The largest distance from the origin, in each direction. */
export const FARTHEST = 1_000_000;

/** Returns the position of a node; undefined if it has none, or none that is valid, and the layout finds one. */
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

/** Returns the node at another position; the same object if it is there already. */
export function placedAt(node: NodeDefinition, point: Point): NodeDefinition {
  const old = positionOf(node);
  const [x, y] = [within(point.x), within(point.y)];
  return old?.x === x && old.y === y ? node : { ...node, position: { x, y } };
}

function within(value: number): number {
  return Math.min(FARTHEST, Math.max(-FARTHEST, value));
}
