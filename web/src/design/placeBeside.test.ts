import { describe, expect, it } from "vitest";
import { placeBeside } from "./placeBeside";

const ROOM = { width: 400, height: 300 };
const WORDS = { width: 100, height: 20 };
const anchorAt = (left: number, top: number) => ({ left, top, width: 40, height: 30 });

describe("where a tooltip stands beside its anchor", () => {
  it("is in the middle of the wanted side", () => {
    expect(placeBeside(anchorAt(180, 100), WORDS, "bottom", ROOM)).toEqual({ left: 150, top: 136 });
    expect(placeBeside(anchorAt(180, 100), WORDS, "top", ROOM)).toEqual({ left: 150, top: 74 });
    expect(placeBeside(anchorAt(180, 100), WORDS, "right", ROOM)).toEqual({ left: 226, top: 105 });
    expect(placeBeside(anchorAt(180, 100), WORDS, "left", ROOM)).toEqual({ left: 74, top: 105 });
  });

  it("is the opposite side if the wanted one has not enough space", () => {
    expect(placeBeside(anchorAt(180, 265), WORDS, "bottom", ROOM).top).toBe(239);
    expect(placeBeside(anchorAt(180, 5), WORDS, "top", ROOM).top).toBe(41);
  });

  it("never leaves the window", () => {
    expect(placeBeside(anchorAt(0, 100), WORDS, "bottom", ROOM).left).toBe(8);
    expect(placeBeside(anchorAt(380, 100), WORDS, "bottom", ROOM).left).toBe(292);
  });
});
