/** The ways of connections between nodes, the same in the builder and in the graph of an execution. */

import { getBezierPath, getSmoothStepPath, Position } from "@xyflow/react";
import type { Point } from "../builder/definition/position";

export interface Ends {
  readonly sourceX: number;
  readonly sourceY: number;
  readonly targetX: number;
  readonly targetY: number;
}

/** A way, and the point in its middle, where its label stands. */
export interface Way {
  readonly path: string;
  readonly middle: Point;
}

/** How far below its ends a connection passes that leads back: below nodes with three named ports. */
const BELOW = 120;
const BESIDE = { sourcePosition: Position.Right, targetPosition: Position.Left };
const UPWARDS = { sourcePosition: Position.Top, targetPosition: Position.Bottom };

/** Returns a curve if a connection leads forward, and a way around the nodes if it leads back. One that carries a capability leads upwards. */
export function wayBetween(ends: Ends, isMain: boolean, isOwnEnd = false): Way {
  const isBack = isMain && ends.targetX < ends.sourceX + 10;
  if (!isBack) {
    const [path, x, y] = getBezierPath({ ...ends, ...(isMain ? BESIDE : UPWARDS), curvature: 0.28 });
    return { path, middle: { x, y } };
  }
  const below = Math.max(ends.sourceY, ends.targetY) + BELOW;
  const isFlat = isOwnEnd || Math.abs(ends.sourceY - ends.targetY) < 90;
  const [path, x, y] = getSmoothStepPath({ ...ends, ...BESIDE, borderRadius: 14, offset: 24, ...(isFlat ? { centerY: below } : {}) });
  return { path, middle: { x, y } };
}
