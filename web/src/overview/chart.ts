import type { Overview } from "../api/types";

/** One column of the chart. Heights are shares of the highest column, from the bottom up. */
export interface ChartColumn {
  readonly at: string;
  readonly completed: number;
  readonly failed: number;
  readonly open: number;
  readonly started: number;
}

export interface Chart {
  readonly columns: readonly ChartColumn[];
  /** The number that the full height stands for. */
  readonly top: number;
  readonly lines: readonly number[];
}

const MOST_COLUMNS = 400;

/** Returns all parts of the window. The answer leaves out those in which nothing was started. */
export function bucketsOf(overview: Pick<Overview, "at" | "window_minutes" | "bucket_seconds" | "buckets">): Overview["buckets"] {
  const size = overview.bucket_seconds * 1_000;
  const known = new Map(overview.buckets.map((bucket) => [Date.parse(bucket.at), bucket]));
  const end = Date.parse(overview.at);
  const start = end - overview.window_minutes * 60_000;
  // The database chooses where its parts begin; the missing ones lie at the same distances.
  const anchor = overview.buckets[0] ? Date.parse(overview.buckets[0].at) : start;
  const first = anchor - Math.floor((anchor - start) / size) * size;
  const length = Math.min(MOST_COLUMNS, Math.max(0, Math.floor((end - first) / size) + 1));
  return Array.from({ length }, (_, index) => first + index * size).map((at) => known.get(at) ?? { at: new Date(at).toISOString(), started: 0, completed: 0, failed: 0 });
}

/** Returns columns of started executions by how they ended, over lines at round numbers. */
export function chartOf(buckets: Overview["buckets"]): Chart {
  const highest = Math.max(1, ...buckets.map((bucket) => Math.max(bucket.started, bucket.completed + bucket.failed)));
  const top = roundUp(highest);
  return {
    top,
    lines: top < 4 ? Array.from({ length: top + 1 }, (_, index) => index) : [0, top / 4, top / 2, (top * 3) / 4, top],
    columns: buckets.map(({ at, started, completed, failed }) => ({ at, started, completed, failed, open: Math.max(0, started - completed - failed) })),
  };
}

/** Returns the next of 1, 2, 3, 4, 8, 12, 20, 40, 60, 80, 100, 200 …: from 4 on, all can be divided by four. */
export function roundUp(value: number): number {
  if (value <= 4) return Math.max(1, Math.ceil(value));
  for (let magnitude = 1; ; magnitude *= 10) {
    for (const factor of [8, 12, 20, 40, 60]) if (factor * magnitude >= value) return factor * magnitude;
  }
}

export interface Totals {
  readonly started: number;
  readonly completed: number;
  readonly failed: number;
  /** Share of those that ended; null if none has. */
  readonly failedShare: number | null;
}

export function totalsOf(buckets: Overview["buckets"]): Totals {
  const sum = (of: "started" | "completed" | "failed") => buckets.reduce((total, bucket) => total + bucket[of], 0);
  const [completed, failed] = [sum("completed"), sum("failed")];
  return { started: sum("started"), completed, failed, failedShare: completed + failed === 0 ? null : failed / (completed + failed) };
}
