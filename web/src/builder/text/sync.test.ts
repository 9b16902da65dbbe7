import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { smallestChange } from "./sync";

describe("the smallest change", () => {
  it("turns any text into any other", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (head, tail, left, right) => {
        const [before, after] = [head + left + tail, head + right + tail];
        const change = smallestChange(before, after);
        expect(change === null ? before : before.slice(0, change.from) + change.insert + before.slice(change.to)).toBe(after);
      }),
    );
  });

  it("changes nothing around the difference", () => {
    expect(smallestChange("name: a\nnodes: []\n", "name: abc\nnodes: []\n")).toEqual({ from: 7, to: 7, insert: "bc" });
    expect(smallestChange("a", "a")).toBeNull();
  });
});
