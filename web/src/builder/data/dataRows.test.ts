import { describe, expect, test } from "vitest";
import { parseJson } from "../../json/parseJson";
import { dataRows, PAGE } from "./dataRows";
import { inputPath } from "./paths";

const CLOSED = { turned: new Set<string>(), pages: new Map<string, number>() };

describe("the rows of data", () => {
  test("each has its type, a preview, and the path of its value", () => {
    const rows = dataRows(parseJson('{"n": 9007199254740993, "t": "x", "b": true, "z": null, "l": [1], "o": {"a b": {}}, "e": []}'), { ...CLOSED, turned: new Set([".o", ".l"]) });
    expect(rows.map((row) => [row.name, row.kind, row.preview, row.isOpen, inputPath(row.steps)])).toEqual([
      ["n", "number", "9007199254740993", null, "n"],
      ["t", "text", '"x"', null, "t"],
      ["b", "boolean", "true", null, "b"],
      ["z", "null", "null", null, "z"],
      ["l", "list", "1 element", true, "l"],
      ["0", "number", "1", null, "l[0]"],
      ["o", "object", "1 key", true, "o"],
      ["a b", "object", "0 keys", null, 'o["a b"]'],
      ["e", "list", "0 elements", null, "e"],
    ]);
  });

  test("a long list shows a page, and more when asked", () => {
    const list = Array.from({ length: 1_000 }, (_, index) => index);
    const first = dataRows({ list }, { ...CLOSED, turned: new Set([".list"]) });
    expect(first).toHaveLength(1 + PAGE + 1);
    expect(first.at(-1)?.more).toBe(1_000 - PAGE);
    expect(dataRows({ list }, { turned: new Set([".list"]), pages: new Map([[".list", 2 * PAGE]]) })).toHaveLength(1 + 2 * PAGE + 1);
  });

  test("keys that look alike, or mean something in JavaScript, are rows of their own", () => {
    const rows = dataRows(parseJson('{"__proto__": {"x": 1}, "constructor": 2, "a.b": 1, "a": {"b": 2}}'), { ...CLOSED, turned: new Set(['["__proto__"]', ".a"]) });
    expect(rows.map((row) => row.name)).toEqual(["__proto__", "x", "constructor", "a.b", "a", "b"]);
    expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length);
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});
