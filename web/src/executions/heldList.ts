import type { ExecutionSummary } from "../api/types";

export interface HeldList {
  /** In the order of the list. */
  readonly shown: readonly ExecutionSummary[];
  /** How many newer items are not shown yet. */
  readonly fresh: number;
}

/**
 * A live list that does not jump while somebody reads it or points at it: the items shown stay in their places and get their new status, new items
 * are only counted, and older pages are added at the end.
 */
export function heldList(before: readonly ExecutionSummary[], now: readonly ExecutionSummary[], holding: boolean): HeldList {
  const last = before.at(-1);
  if (!holding || !last) return { shown: now, fresh: 0 };
  const current = new Map(now.map((item) => [item.id, item]));
  const known = new Set(before.map((item) => item.id));
  const unknown = now.filter((item) => !known.has(item.id));
  const older = unknown.filter((item) => item.created_at < last.created_at);
  return { shown: [...before.map((item) => current.get(item.id) ?? item), ...older], fresh: unknown.length - older.length };
}
