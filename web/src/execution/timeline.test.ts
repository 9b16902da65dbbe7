import { describe, expect, it } from "vitest";
import type { AssignmentSummary } from "../api/types";
import { ticksOf, timelineOf } from "./timeline";

const START = "2026-11-21T12:00:00.000Z";
const at = (milliseconds: number) => new Date(Date.parse(START) + milliseconds).toISOString();
const visit = (created: number, started: number | null, ended: number | null) =>
  ({ id: "a", node_id: "n", name: "", subtype: "RUN_CODE", wait_for: null, visit: 1, attempt: 1, status: ended === null ? "running" : "completed", created_at: at(created), started_at: started === null ? null : at(started), ended_at: ended === null ? null : at(ended) }) as AssignmentSummary;

describe("timelineOf", () => {
  it("places waiting and work as shares of the whole", () => {
    const [bar] = timelineOf([visit(100, 200, 600)], START, at(1_000), 0).bars;
    expect([bar?.start, bar?.begun, bar?.end, bar?.took, bar?.open]).toEqual([0.1, 0.2, 0.6, 500, false]);
  });

  it("lets open visits reach to now", () => {
    const line = timelineOf([visit(0, 500, null), visit(600, null, null)], START, null, Date.parse(at(1_000)));
    expect(line.bars.map((bar) => [bar.begun, bar.end, bar.open])).toEqual([
      [0.5, 1, true],
      [1, 1, true],
    ]);
  });

  it("shows waiting as waiting", () => {
    const waited = { ...visit(0, 0, 800), subtype: "WAIT" };
    expect(timelineOf([waited], START, at(1_000), 0).bars[0]).toMatchObject({ start: 0, begun: 0.8, end: 0.8 });
  });

  it("works if the clock of the reader is behind that of the database", () => {
    const line = timelineOf([visit(0, 0, 400)], START, null, Date.parse(at(-5_000)));
    expect(line.total).toBe(400);
    expect(line.bars[0]?.end).toBe(1);
  });

  it("has a length even if everything took no time", () => {
    const line = timelineOf([visit(0, 0, 0)], START, START, 0);
    expect(line.total).toBe(1);
    expect(line.bars[0]).toMatchObject({ start: 0, end: 0 });
  });
});

it.each([7, 38, 950, 61_000, 86_400_000])("divides %d ms into round parts", (total) => {
  const ticks = ticksOf(total);
  expect(ticks.length).toBeGreaterThan(3);
  expect(ticks.length).toBeLessThan(9);
  expect(ticks.every((tick) => tick.at <= 1)).toBe(true);
});
