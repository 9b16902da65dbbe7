import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { ExactNumber, measured, typedNumber } from "./exactNumber";
import { JsonProblem, jsonProblem, parseJson } from "./parseJson";
import { fromText, isTextProblem, placed, toText } from "../builder/definition/text";
import { pieceOf, pieceToText } from "../builder/definition/commands/piece";
import { writeJson } from "./writeJson";
import { sameJson } from "../builder/definition/sameJson";

const HARD = ["9007199254740993", "-9223372036854775808", "18446744073709551616", "1.0", "0.1", "-0", "-0.0", "1e400", "1E+2", "0.10000000000000000555", "1e-400", `1${"0".repeat(300)}`];
const definition = (number: string) => `{"name":"a","custom":{"kept":${number}},"nodes":[{"id":"a","type":"T","subtype":"S","parameters":{"n":${number},"list":[${number},1,2.5]}}],"connections":[]}`;

/** Takes from the browser what those before 2025 do not have. */
function asBefore2025(work: () => void): void {
  const json = JSON as { rawJSON?: unknown };
  const raw = json.rawJSON;
  try {
    delete json.rawJSON;
    work();
  } finally {
    if (raw !== undefined) json.rawJSON = raw;
  }
}

describe("numbers", () => {
  it.each(HARD)("keep every digit of %s in the builder's text and on the clipboard, in a browser before 2025 too", (number) => {
    asBefore2025(() => {
      const read = fromText(definition(number), "json");
      if (isTextProblem(read)) throw new Error(read.problem);
      expect(toText(read, "json").replaceAll(/\s/g, "")).toBe(definition(number));
      expect(toText(read, "yaml")).toContain(number);
      const piece = pieceToText(pieceOf(read, new Set(["a"]), () => undefined, "a"));
      expect(parseJson(piece)).toMatchObject({ nodes: [{ parameters: { n: read.nodes[0]?.parameters?.n } }] });
      expect(piece.match(/"n": (.*),/)?.[1]).toBe(number);
    });
  });

  it.each([
    ["+7615917337495251231", "7615917337495251231"],
    ["007615917337495251231", "7615917337495251231"],
    ["-00.10000000000000000555", "-0.10000000000000000555"],
    ["+.50", "0.50"],
    ["5.", "5"],
    ["00", "0"],
    ["1E+2", "1E+2"],
    [`+${"0".repeat(50_000)}1`, "1"],
  ])("that are typed as %s are kept to the last digit", (typed, written) => {
    expect(writeJson(typedNumber(typed))).toBe(written);
  });

  it.each(["", ".", "-", "+", "e5", "-.", "0x10", "1_000", "1,5", "5.5.5", "{{ 1 }}", "Infinity", "NaN", `${"0".repeat(50_000)}x`])("are not what is typed as %s", (typed) => {
    expect(typedNumber(typed)).toBeUndefined();
  });

  it.each(HARD)("keep every digit of %s through JSON and YAML", (number) => {
    const text = definition(number);
    const read = fromText(text, "json");
    if (isTextProblem(read)) throw new Error(read.problem);
    expect(JSON.stringify(read)).toBe(text);
    const again = fromText(toText(read, "yaml"), "yaml");
    if (isTextProblem(again)) throw new Error(again.problem);
    expect(JSON.stringify(again)).toBe(text);
    expect(sameJson(read, again)).toBe(true);
  });

  it("are plain numbers if JavaScript keeps them, and can be compared", () => {
    expect(parseJson("[0, 1, 2.5, -3]")).toEqual([0, 1, 2.5, -3]);
    expect(parseJson("1.0")).toBeInstanceOf(ExactNumber);
    expect(measured({ a: [new ExactNumber("1.0")] })).toEqual({ a: [1] });
    expect(sameJson(new ExactNumber("1.0"), 1)).toBe(false);
  });

  it("that JSON cannot express are refused with their place", () => {
    const read = fromText("name: a\nnodes: []\nx: .inf\n", "yaml");
    expect(isTextProblem(read) && placed("name: a\nnodes: []\nx: .inf\n", read)).toBe("Line 3, column 4: A definition holds finite numbers only.");
  });
});

describe("JSON", () => {
  it("is read as the browser reads it", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(measured(parseJson(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it("is refused if the browser refuses it, or if a key is given twice", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.constantFrom("", ",", "]", "}", '"', ":", "0", "\n", "\\", "x"), (text, at, sign) => {
        const broken = text.slice(0, at % (text.length + 1)) + sign + text.slice((at % (text.length + 1)) + 1);
        const isJson = (): boolean => {
          try {
            JSON.parse(broken);
            return true;
          } catch {
            return false;
          }
        };
        expect(jsonProblem(broken) === null).toBe(isJson());
      }),
    );
    expect(() => parseJson('{"a":1,"a":2}')).toThrow(JsonProblem);
  });

  it("says where it goes wrong", () => {
    expect(jsonProblem('{\n  "a": [1,\n  ]\n}')).toBe("Line 3, column 3: A value is expected here.");
    expect(jsonProblem('{"a": 1 "b": 2}')).toBe("Line 1, column 9: A comma and the next key, or }, is expected here.");
    expect(jsonProblem("[1, 2")).toBe("Line 1, column 6: A comma and the next item, or ], is expected here.");
    expect(jsonProblem("")).toBe("Line 1, column 1: The text ends here, where a value is expected.");
  });
});
