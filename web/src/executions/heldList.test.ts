import { describe, expect, it } from "vitest";
import type { ExecutionSummary } from "../api/types";
import { heldList } from "./heldList";

const execution = (id: number, status: ExecutionSummary["status"] = "running") => ({ id: String(id), status, created_at: `2026-11-21T12:00:0${id}Z` }) as ExecutionSummary;
const ids = (items: readonly ExecutionSummary[]) => items.map((item) => item.id);

describe("heldList", () => {
  it("follows the list while nobody holds it", () => {
    const now = [execution(3), execution(2)];
    expect(heldList([execution(2), execution(1)], now, false)).toEqual({ shown: now, fresh: 0 });
  });

  it("keeps places, shows new statuses, counts new items", () => {
    const held = heldList([execution(2), execution(1)], [execution(4), execution(3), execution(2, "completed"), execution(1)], true);
    expect(ids(held.shown)).toEqual(["2", "1"]);
    expect(held.shown[0]?.status).toBe("completed");
    expect(held.fresh).toBe(2);
  });

  it("adds older pages at the end", () => {
    const held = heldList([execution(4), execution(3)], [execution(5), execution(4), execution(3), execution(2)], true);
    expect(ids(held.shown)).toEqual(["4", "3", "2"]);
    expect(held.fresh).toBe(1);
  });

  it("keeps items that no longer match the filter while it is held", () => {
    expect(ids(heldList([execution(2), execution(1)], [execution(1)], true).shown)).toEqual(["2", "1"]);
  });
});
