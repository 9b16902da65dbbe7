/** Positions that people gave to nodes: kept in the browser, one entry for each workflow. A definition has none. */

import type { Positions } from "./layout";

const PREFIX = "interlock.positions.";

/** What is kept for a workflow; empty where nothing is, or nothing that can be read. */
export function loadPositions(workflowId: string, storage: Storage = localStorage): Positions {
  try {
    const raw: unknown = JSON.parse(storage.getItem(PREFIX + workflowId) ?? "{}");
    if (typeof raw !== "object" || raw === null) return {};
    return Object.fromEntries(
      Object.entries(raw).flatMap(([id, point]: [string, unknown]) =>
        Array.isArray(point) && point.length === 2 && point.every((number) => typeof number === "number" && Number.isFinite(number))
          ? [[id, { x: point[0] as number, y: point[1] as number }]]
          : [],
      ),
    );
  } catch {
    return {};
  }
}

/** Keeps them; without any (null) the layout counts again. A full or forbidden storage loses them, nothing else. */
export function savePositions(workflowId: string, positions: Positions | null, storage: Storage = localStorage): void {
  try {
    if (positions === null) storage.removeItem(PREFIX + workflowId);
    else storage.setItem(PREFIX + workflowId, JSON.stringify(Object.fromEntries(Object.entries(positions).map(([id, point]) => [id, [Math.round(point.x), Math.round(point.y)]]))));
  } catch {
    // A browser that keeps nothing lays out again.
  }
}
