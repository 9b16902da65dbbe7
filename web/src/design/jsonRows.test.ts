import { describe, expect, it } from "vitest";
import { ExactNumber } from "../json/exactNumber";
import { jsonRows } from "./jsonRows";

describe("jsonRows", () => {
  it("lists the open parts, with pointers and sizes", () => {
    const rows = jsonRows({ a: [1, { b: 2 }], "x/y": null }, (path) => path === "/a");
    expect(rows.map((row) => [row.path, row.depth, row.inside])).toEqual([
      ["/a", 0, 2],
      ["/a/0", 1, null],
      ["/a/1", 1, 1],
      ["/x~1y", 0, null],
    ]);
  });

  it("shows an exact number as one value", () => {
    const rows = jsonRows({ id: new ExactNumber("7615917337495251231") }, () => true);
    expect(rows.map((row) => [row.path, row.inside, row.value])).toEqual([["/id", null, new ExactNumber("7615917337495251231")]]);
  });

  it("does not walk into closed parts", () => {
    const large = { rows: Array.from({ length: 1_000_000 }, (_, index) => index) };
    expect(jsonRows(large, () => false)).toHaveLength(1);
  });

  it("shows a bare value as one line", () => {
    expect(jsonRows(5, () => true)).toEqual([{ path: "", depth: 0, name: "", value: 5, inside: null, open: false }]);
  });
});
