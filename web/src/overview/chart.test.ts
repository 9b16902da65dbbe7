import { describe, expect, it } from "vitest";
import { bucketsOf, chartOf, roundUp, totalsOf } from "./chart";

const bucket = (started: number, completed: number, failed: number) => ({ at: "2026-11-21T12:00:00Z", started, completed, failed });

it.each([
  [0, 1],
  [3, 3],
  [5, 8],
  [9, 12],
  [61, 80],
  [81, 120],
  [1_234, 2_000],
])("%d fits below %d", (value, top) => {
  expect(roundUp(value)).toBe(top);
});

describe("chartOf", () => {
  it("divides started executions by how they ended", () => {
    expect(chartOf([bucket(10, 6, 1)]).columns[0]).toMatchObject({ completed: 6, failed: 1, open: 3 });
  });

  it("has a height even if nothing happened", () => {
    expect(chartOf([bucket(0, 0, 0)])).toMatchObject({ top: 1, lines: [0, 1] });
    expect(chartOf([]).top).toBe(1);
  });
});

it("fills the parts of the window in which nothing was started", () => {
  const known = { at: "2026-11-21T11:57:00Z", started: 4, completed: 3, failed: 1 };
  const buckets = bucketsOf({ at: "2026-11-21T12:00:30Z", window_minutes: 5, bucket_seconds: 60, buckets: [known] });
  expect(buckets.map((item) => item.at.slice(14, 19))).toEqual(["56:00", "57:00", "58:00", "59:00", "00:00"]);
  expect(buckets[1]).toBe(known);
});

it("counts the share of failures among ended executions", () => {
  expect(totalsOf([bucket(10, 6, 2), bucket(4, 0, 0)])).toEqual({ started: 14, completed: 6, failed: 2, failedShare: 0.25 });
  expect(totalsOf([]).failedShare).toBeNull();
});
