import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { batched } from "./batch";

describe("batched", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("handles items that arrive together in one batch, in order", () => {
    const taken: (readonly number[])[] = [];
    const batch = batched<number>((items) => taken.push(items), () => 60);
    batch.add([1, 2]);
    vi.advanceTimersByTime(30);
    batch.add([3]);
    vi.advanceTimersByTime(30);
    batch.add([4]);
    expect(taken).toEqual([[1, 2, 3]]);
    vi.advanceTimersByTime(60);
    expect(taken).toEqual([[1, 2, 3], [4]]);
  });

  it("keeps no item longer than it says, however many follow", () => {
    const taken: number[] = [];
    const batch = batched<number>((items) => taken.push(...items), () => 250);
    for (let now = 0; now < 5_000; now += 10) {
      batch.add([now]);
      vi.advanceTimersByTime(10);
      expect(now - (taken.at(-1) ?? 0)).toBeLessThanOrEqual(250);
    }
    expect(taken.length).toBeGreaterThan(450);
  });

  it("handles nothing more after it was stopped", () => {
    const taken: number[] = [];
    const batch = batched<number>((items) => taken.push(...items), () => 60);
    batch.add([1]);
    batch.stop();
    vi.advanceTimersByTime(1_000);
    expect(taken).toEqual([]);
  });
});
