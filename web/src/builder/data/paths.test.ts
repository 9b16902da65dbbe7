import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { referencesOf } from "../definition/expressions/parse";
import { inputPath, outputPath, quoted, stepsText } from "./paths";

const HOSTILE = ["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf", "a b", 'a"b', "a'b", "a\\b", "a.b", "1st", "", "if", "None", "true", "nodes", "input", "item", "ä", "😀", "{{", "}}", "{{ x }}", "\n", "\u0000", "]", "a[0]"];

describe("paths", () => {
  test("a plain key of the input is a name, every other key stands in brackets", () => {
    expect(inputPath(["order", "lines", 0, "price"])).toBe("order.lines[0].price");
    expect(inputPath(["zip code"])).toBe('input["zip code"]');
    expect(inputPath([])).toBe("input");
    for (const taken of ["input", "nodes", "context", "execution", "subject", "item"]) expect(inputPath([taken])).toBe(`input.${taken}`);
    for (const word of ["true", "null"]) expect(inputPath([word, "x"])).toBe(`input.${word}.x`);
    for (const word of ["if", "None", "lambda"]) expect(inputPath([word])).toBe(`input["${word}"]`);
    expect(inputPath(["__proto__"])).toBe('input["__proto__"]');
    expect(inputPath(["constructor"])).toBe("constructor");
  });

  test("the output of a node is named by its id", () => {
    expect(outputPath("fetch", ["rows", 1])).toBe("nodes.fetch.output.rows[1]");
    expect(outputPath("Fetch it", ["a-b"])).toBe('nodes["Fetch it"].output["a-b"]');
  });

  test("a quoted text has no braces, so it can stand in a condition and in a template", () => {
    for (const text of HOSTILE) {
      expect(quoted(text)).not.toMatch(/\{\{|\}\}/);
      expect(JSON.parse(quoted(text))).toBe(text);
    }
  });

  test("a path with hostile keys is an expression that names the node", () => {
    for (const id of HOSTILE) expect(referencesOf(outputPath(id, HOSTILE))?.found.map((found) => found.id)).toEqual([id]);
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme" })), (keys) => {
        expect(referencesOf(`nodes.a${stepsText(keys)}`)).not.toBeNull();
      }),
    );
  });
});
