import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseJson } from "../../json/parseJson";
import { completionAt, within, type Known, type Part } from "./completion";

const part = (kind: Part["kind"], signature: string): Part => ({ kind, name: signature.split("(")[0] ?? "", signature, summary: "What it gives.", example: "x", result: "1", cost: "6 steps" });
const PARTS = [part("function", "len(x)"), part("function", "sum(list)"), part("text", "upper()"), part("text", "replace(old, new)"), part("list", "index(x)"), part("object", "get(key, default)")];
const KNOWN: Known = {
  input: parseJson('{"amount": 120, "name": "Ada", "zip code": "0150", "order": {"lines": [{"price": 4, "what": "tea"}], "a-b": 1, "city": "Oslo"}, "__proto__": {"x": 1}, "constructor": {"y": 2}}'),
  nodes: new Map([
    ["fetch", parseJson('{"rows": [1, 2], "status": 200}')],
    ["Fetch it", parseJson('{"ok": true}')],
    ["constructor", parseJson('{"z": 1}')],
  ]),
  context: parseJson('{"tries": 3}'),
  execution: parseJson('{"id": "e"}'),
  subject: "account-7",
};

/** What completing the first option, or the one with a label, makes of a text with a cursor. */
function complete(marked: string, label?: string, use: "expression" | "template" = "expression"): string | null {
  const at = marked.indexOf("|");
  const text = marked.replace("|", "");
  const found = completionAt(text, at, use, KNOWN, PARTS, true);
  const option = label === undefined ? found?.options[0] : found?.options.find((one) => one.label === label);
  if (found === null || option === undefined) return null;
  const before = text.slice(0, found.from) + option.insert;
  const cursor = before.length - option.back;
  const made = before + text.slice(found.to);
  return `${made.slice(0, cursor)}|${made.slice(cursor)}`;
}

const labels = (marked: string): readonly string[] => completionAt(marked.replace("|", ""), marked.indexOf("|"), "expression", KNOWN, PARTS, true)?.options.map((one) => one.label) ?? [];

describe("completion", () => {
  test("names are keys of the input, outputs of nodes and functions", () => {
    expect(complete("am|")).toBe("amount|");
    expect(complete("1 + zip|")).toBe('1 + input["zip code"]|');
    expect(complete("le|", "len")).toBe("len(|)");
    expect(complete("fet|", "nodes.fetch.output")).toBe("nodes.fetch.output|");
    expect(complete("Fetch|", 'nodes["Fetch it"].output')).toBe('nodes["Fetch it"].output|');
    expect(labels("|")).toEqual(expect.arrayContaining(["amount", "order", "zip code", "__proto__", "nodes.fetch.output", "len", "context"]));
  });

  test("behind a dot stand the keys of the value and the methods of its type", () => {
    expect(labels("order.|")).toEqual(["lines", "a-b", "city", "get"]);
    expect(complete("order.ci|")).toBe("order.city|");
    expect(complete("order.|", "a-b")).toBe('order["a-b"]|');
    expect(complete("order.city.up|")).toBe("order.city.upper()|");
    expect(complete("order.city.rep|")).toBe("order.city.replace(|)");
    expect(labels("order.lines[0].|")).toEqual(["price", "what", "get"]);
    expect(labels("nodes.fetch.output.|")).toEqual(["rows", "status", "get"]);
    expect(labels('nodes["Fetch it"].output.|')).toEqual(["ok", "get"]);
    expect(labels("nodes.fetch.|")).toEqual(["output", "get"]);
    expect(labels("context.|")).toEqual(["tries", "get"]);
    expect(labels("nodes.|")).toEqual(["fetch", "Fetch it", "constructor"]);
    expect(complete("nodes.|", "Fetch it")).toBe('nodes["Fetch it"]|');
    expect(labels('"a".|')).toEqual(["upper", "replace"]);
    expect(labels("amount.|")).toEqual([]);
  });

  test("a name that a comprehension binds has the keys of an element", () => {
    expect(labels("[line.price for line in order.lines if line.|]")).toEqual(["price", "what", "get"]);
    expect(complete("sum(l.price for l in order.lines if l.wh|)")).toBe("sum(l.price for l in order.lines if l.what|)");
  });

  test("in brackets stand the keys, quoted", () => {
    expect(complete('input["zi|')).toBe('input["zip code"]|');
    expect(complete('input["zi|"]')).toBe('input["zip code"]|');
    expect(complete("input[|", "zip code")).toBe('input["zip code"]|');
    expect(complete('nodes["Fe|"]', "Fetch it")).toBe('nodes["Fetch it"]|');
  });

  test("nothing is proposed in a text, behind a number, or outside of the braces of a template", () => {
    for (const marked of ['"am|"', "'am|", "12|", "amount|"]) expect(complete(marked)).toBeNull();
    expect(complete("am|", undefined, "template")).toBeNull();
    expect(complete("Hello {{ am|", undefined, "template")).toBe("Hello {{ amount|");
    expect(complete("{{ a }} am|", undefined, "template")).toBeNull();
  });

  test("names that mean something in JavaScript are keys like any other", () => {
    expect(labels("constructor.|")).toEqual(["y", "get"]);
    expect(labels('input["__proto__"].|')).toEqual(["x", "get"]);
    expect(labels("nodes.constructor.output.|")).toEqual(["z", "get"]);
    for (const name of ["toString", "hasOwnProperty", "valueOf"]) {
      expect(labels(`${name}.|`)).toEqual([]);
      expect(labels(`nodes.${name}.output.|`)).toEqual([]);
      expect(within(KNOWN.input, [name])).toBeUndefined();
    }
  });

  test("no text makes it fail", () => {
    const signs = fc.array(fc.constantFrom(..."{}[]().\"'\\ab 0,+for in nodes.input".split(""), "{{", "}}", "nodes", "order."), { maxLength: 25 });
    fc.assert(
      fc.property(signs, fc.nat(), fc.constantFrom("expression" as const, "template" as const), (parts, place, use) => {
        const text = parts.join("");
        const found = completionAt(text, place % (text.length + 1), use, KNOWN, PARTS, true);
        if (found !== null) expect(found.from <= found.to && found.to <= text.length && found.from >= 0).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
