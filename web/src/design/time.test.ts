import { describe, expect, it } from "vitest";
import { between, count, duration, fullTime, relativeTime, shortDuration, withReadableTimes } from "./time";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const ago = (seconds: number) => new Date(NOW - seconds * 1_000).toISOString();

describe("duration", () => {
  it.each([
    [0, "0 ms"],
    [0.44, "0.4 ms"],
    [38.4, "38 ms"],
    [1_204, "1.20 s"],
    [59_900, "59.9 s"],
    [124_000, "2 min 4 s"],
    [3_600_000, "1 h"],
    [11_520_000, "3 h 12 min"],
    [353_000_000, "4 d 2 h"],
    [-5, "0 ms"],
  ])("%d ms is %s", (milliseconds, text) => {
    expect(duration(milliseconds)).toBe(text);
  });
});

it.each([
  [5_000, "5 s"],
  [2_500, "2.5 s"],
  [20_000, "20 s"],
  [100, "100 ms"],
  [60_000, "1 min"],
])("a scale shows %d ms as %s", (milliseconds, text) => {
  expect(shortDuration(milliseconds)).toBe(text);
});

describe("relativeTime", () => {
  it.each([
    [1, "now"],
    [30, "30 s ago"],
    [240, "4 min ago"],
    [7_300, "2 h ago"],
    [86_400, "1 d ago"],
    [86_400 * 100, "3 months ago"],
    [-3_700, "in 1 h"],
  ])("%d s ago is %s", (seconds, text) => {
    expect(relativeTime(ago(seconds), NOW)).toBe(text);
  });
});

it("measures until now if there is no end", () => {
  expect(between(ago(2), null, NOW)).toBe(2_000);
  expect(between(ago(2), ago(1), NOW)).toBe(1_000);
});

it("shortens only large counts", () => {
  expect([count(950), count(12_431), count(1_240_000)]).toEqual(["950", "12,431", "1.2M"]);
});

it("reads the moments in a sentence", () => {
  expect(withReadableTimes("It waits until 2026-11-22 16:17:09.57576+00.")).toBe(`It waits until ${fullTime("2026-11-22T16:17:09.575Z")}.`);
  expect(withReadableTimes("Order 2026-11-22 is late.")).toBe("Order 2026-11-22 is late.");
});
