import fc from "fast-check";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isCollection, isPair, type Node } from "yaml";
import { testTypes } from "../catalog.fixture";
import { addNode } from "../commands/addNode";
import { moveNodes } from "../commands/moveNodes";
import { removeNodes } from "../commands/removeNodes";
import { renameNode } from "../commands/renameNode";
import { setNodeField, setWorkflowField } from "../commands/setField";
import { sameJson } from "../sameJson";
import { fromText, isTextProblem, toText, treeOf } from "../text";
import { isRefusal, type Definition, type Json } from "../types";
import { isBlock, itemsOf, lineEnd } from "./parts";
import { shownSyntax, sourceFrom } from "../source";
import { patchText } from "./patchText";

const TEXT = `# The first line is a comment.

name: orders   # in small letters
tags: [a,   "b"]
nodes:
  # --- where it begins

  # the trigger
  - {id: start, type: TRIGGER_NODE, subtype: MANUAL}

  - id: code          # it counts
    type: ACTION_NODE
    subtype: RUN_CODE
    on_error: 'port'
    parameters:
      # python
      code: |   # as it was typed
        def f(x):
            return x  # no comment of YAML

        result = {"a": f(1)}
      input: "{{ nodes.start.output }}"
  - id: end
    type: FLOW_NODE
    subtype: END
connections:
- {from: start, to: code}   # first
- from: code
  to: end
# the end
`;
const read = (text: string, syntax: "yaml" | "json" = "yaml"): Definition => {
  const definition = fromText(text, syntax);
  if (isTextProblem(definition)) throw new Error(definition.problem);
  return definition;
};
const patch = (text: string, definition: Definition): string => patchText({ text, syntax: "yaml" }, definition);
const definition = read(TEXT);

describe("a text that nothing was changed in", () => {
  it("keeps every character, in YAML and JSON, with other spellings too", () => {
    expect(patch(TEXT, definition)).toBe(TEXT);
    const json = `{"nodes":[ {"id":"a", "critical": false,"type":"T","subtype":"S"} ],\n\n"name" : "x", "n": 1.50}`;
    expect(patchText({ text: json, syntax: "json" }, read(json, "json"))).toBe(json);
  });

  const folder = new URL("../../../../../examples/", import.meta.url);
  it.each(readdirSync(folder).filter((name) => name.endsWith(".yaml")))("keeps every character of the example %s, also if something was changed and changed back", (name) => {
    const text = readFileSync(new URL(name, folder), "utf8");
    const was = read(text);
    expect(patch(text, was)).toBe(text);
    const there = patch(text, setWorkflowField(was, "description", "changed"));
    expect(there).not.toBe(text);
    expect(read(patch(there, was))).toEqual(was);
    const node = was.nodes[0]?.id ?? "";
    expect(patch(patch(text, moveNodes(was, new Map([[node, { x: 5, y: 6 }]]))), was)).toBe(patch(patch(text, was), was));
  });
});

describe("an edit changes its own part only", () => {
  const cases: readonly (readonly [string, Definition, string, string])[] = [
    ["a value, with its quotes and its comment", setNodeField(definition, "code", ["on_error"], "continue"), "on_error: 'port'", "on_error: 'continue'"],
    ["a value in braces", setNodeField(definition, "start", ["subtype"], "OTHER"), "subtype: MANUAL}", "subtype: OTHER}"],
    ["a new key", setNodeField(definition, "start", ["name"], "Start, here"), "{id: start, type", '{id: start, name: "Start, here", type'],
    ["a new key of a block", setNodeField(definition, "end", ["name"], "The end"), "- id: end\n", "- id: end\n    name: The end\n"],
    ["code", setNodeField(definition, "code", ["parameters", "code"], 'a = 1\n\nb = """\n  x\n"""\n'), `        def f(x):
            return x  # no comment of YAML

        result = {"a": f(1)}
`, `        a = 1

        b = """
          x
        """
`],
    ["a removed key", setNodeField(definition, "code", ["parameters", "input"], undefined), `      input: "{{ nodes.start.output }}"\n`, ""],
    ["the name of the workflow", setWorkflowField(definition, "name", "invoices"), "name: orders ", "name: invoices "],
    ["a new field of the workflow", setWorkflowField(definition, "description", "two\nlines"), "# in small letters\n", "# in small letters\ndescription: |-\n  two\n  lines\n"],
    ["a tag", setWorkflowField(definition, "tags", ["a", "b", "c"]), '[a,   "b"]', '[a,   "b",   c]'],
    ["a removed node", removeNodes(definition, new Set(["end"])), "  - id: end\n    type: FLOW_NODE\n    subtype: END\nconnections:\n- {from: start, to: code}   # first\n- from: code\n  to: end\n", "connections:\n- {from: start, to: code}   # first\n"],
    ["a position", moveNodes(definition, new Map([["code", { x: 10, y: 20 }]])), `      input: "{{ nodes.start.output }}"\n`, `      input: "{{ nodes.start.output }}"\n    position:\n      x: 10\n      y: 20\n`],
  ];

  it.each(cases)("%s", (_name, next, before, after) => {
    expect(TEXT).toContain(before);
    expect(patch(TEXT, next)).toBe(TEXT.replace(before, () => after));
  });

  it("of a removed node the comments that touch it go, and those above a blank line stay", () => {
    const made = patch(TEXT, removeNodes(definition, new Set(["start"])));
    expect(made).toContain("# --- where it begins");
    expect(made).toContain("- id: code          # it counts\n");
    expect(read(made).nodes.map((node) => node.id)).toEqual(["code", "end"]);
  });

  it("aliases are written out where one of their uses changes, and comments stay", () => {
    const text = "name: a # the name\nnodes:\n  - {id: a, type: T, subtype: S, parameters: &same {n: 1}}\n  - {id: b, type: T, subtype: S, parameters: *same}\nconnections: []\n";
    const made = patch(text, setNodeField(read(text), "b", ["parameters", "n"], 2));
    expect(read(made).nodes.map((node) => node.parameters)).toEqual([{ n: 1 }, { n: 2 }]);
    expect(made).toContain("# the name");
  });

  it("JSON keeps its blanks and its numbers", () => {
    const json = '{\n    "name": "x",   "n": 1.50,\n    "nodes": [\n        {"id": "a", "type": "T", "subtype": "S"}\n    ]\n}\n';
    const made = patchText({ text: json, syntax: "json" }, setNodeField(read(json, "json"), "a", ["name"], "A"));
    expect(made).toBe(json.replace('"id": "a", ', '"id": "a", "name": "A", '));
  });

  it("lines that end as on Windows stay", () => {
    const text = TEXT.replaceAll("\n", "\r\n");
    const made = patch(text, setNodeField(read(text), "code", ["on_error"], "continue"));
    expect(made).toBe(text.replace("'port'", "'continue'"));
  });

  it("JSON that a program wrote is shown as YAML, JSON that somebody formatted as it is", () => {
    expect(['{\n  "name": "a",\n  "n": 1.50\n}', '{ "name":"a" }', "name: a"].map((text) => shownSyntax(sourceFrom(text)))).toEqual(["yaml", "json", "yaml"]);
  });

  it("the syntax of a stored text is found as the server finds it", () => {
    expect([TEXT, '{"name": "a"}', "{name: a}", "\ufeff {}"].map((one) => sourceFrom(one)?.syntax)).toEqual(["yaml", "json", "yaml", "json"]);
  });
});

describe("code", () => {
  it("stays in literal blocks, and no line is broken or joined to its neighbour", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[ -~]{0,200}$/), { minLength: 2, maxLength: 8 }), (lines) => {
        const code = lines.map((line) => line.trimEnd()).join("\n");
        fc.pre(code.trim() !== "" && code.includes("\n") && !/^[\s]*$/.test(lines[0] ?? "") && !(lines[0] ?? "").startsWith(" "));
        const made = toText(setNodeField(definition, "code", ["parameters", "code"], code), "yaml");
        for (const line of code.split("\n").filter((one) => one.trim() !== "")) expect(made.split("\n").map((one) => one.trim())).toContain(line.trim());
        expect(made).toMatch(/code: \|/);
      }),
    );
  });
});

const text = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom("a: b", "# no", "- x", "two\nlines\n", " blank", "{{ nodes.a }}", "yes", "1e3", "", "a, b", "]", "'", "tab\there", "x\n\n  y"));
const leaf: fc.Arbitrary<Json> = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null), fc.array(text, { maxLength: 3 }), fc.dictionary(fc.constantFrom("k", "constructor", "__proto__", "a b", "#"), text, { maxKeys: 3 }));
const definitions = fc
  .record({
    name: fc.constantFrom("one", "two words"),
    nodes: fc.uniqueArray(fc.record({ id: fc.stringMatching(/^[a-e]{1,2}$/), type: fc.constant("ACTION_NODE"), subtype: fc.constant("TRANSFORM"), parameters: fc.dictionary(fc.constantFrom("values", "x", "toString"), leaf, { minKeys: 1, maxKeys: 3 }) }), { selector: (node) => node.id, minLength: 1, maxLength: 5 }),
  })
  .chain(({ name, nodes }) =>
    fc.record({ name: fc.constant(name), nodes: fc.constant(nodes), connections: fc.array(fc.record({ from: fc.constantFrom(...nodes.map((node) => node.id)), to: fc.constantFrom(...nodes.map((node) => node.id)) }), { maxLength: 4 }) }),
  )
  .map((raw) => raw as unknown as Definition);

/** Writes a definition as a person might: with comments and blank lines between the items. */
function annotated(definition: Definition, marks: readonly number[]): string {
  const plain = toText(definition, "yaml");
  const places: number[] = [];
  const walk = (node: unknown): void => {
    if (!isCollection(node)) return;
    if (isBlock(node)) for (const item of itemsOf(plain, node)) if (/^[ \t]*$/.test(plain.slice(plain.lastIndexOf("\n", item.start - 1) + 1, item.start))) places.push(item.start);
    for (const item of node.items) walk(isPair(item) ? item.value : (item));
  };
  walk(treeOf(plain).contents);
  const chosen = [...new Set(marks.map((mark) => places[mark % places.length] ?? 0))].toSorted((left, right) => right - left);
  return chosen.reduce((made, place, index) => {
    const indent = plain.slice(plain.lastIndexOf("\n", place - 1) + 1, place);
    return `${made.slice(0, place)}# comment ${index}\n${index % 2 === 0 ? "\n" : ""}${indent}${made.slice(place)}`;
  }, plain);
}

describe("any text with any edit", () => {
  const edits = fc.record({ pick: fc.nat(), kind: fc.nat(6), value: leaf, key: fc.constantFrom("values", "new key", "constructor") });

  it("says what was edited, keeps the comments, and changes nothing outside of the part that was edited", () => {
    fc.assert(
      fc.property(definitions, fc.array(fc.nat(), { maxLength: 6 }), edits, (was, marks, { pick, kind, value, key }) => {
        const source = annotated(was, marks);
        expect(sameJson(read(source), was)).toBe(true);
        expect(patch(source, was)).toBe(source);
        const node = was.nodes[pick % was.nodes.length];
        if (node === undefined) return;
        const next = edited(was, node.id, kind, key, value);
        const made = patch(source, next);
        expect(sameJson(read(made), next)).toBe(true);
        if (kind > 2) return;
        // A value that is replaced as a whole takes the comments inside it along.
        if (kind === 2 || (kind === 1 && key === "new key")) expect(comments(made)).toEqual(comments(source));
        const [start, end] = spanOf(source, was.nodes.indexOf(node));
        expect(made.slice(0, start)).toBe(source.slice(0, start));
        expect(made.slice(made.length - (source.length - end))).toBe(source.slice(end));
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  function edited(was: Definition, id: string, kind: number, key: string, value: Json): Definition {
    if (kind === 0) return setNodeField(was, id, ["parameters", "values"], value);
    if (kind === 1) return setNodeField(was, id, ["parameters", key], value);
    if (kind === 2) return moveNodes(was, new Map([[id, { x: 1, y: 2 }]]));
    if (kind === 3) return removeNodes(was, new Set([id]));
    if (kind === 4) return { ...was, nodes: was.nodes.toReversed(), connections: was.connections.toReversed() };
    if (kind === 5) return addNode(was, testTypes, testTypes.all[0] as never, id).definition;
    const renamed = renameNode(was, testTypes, id, "renamed node");
    return isRefusal(renamed) ? was : renamed;
  }
});

function comments(source: string): readonly string[] {
  return (source.match(/^[ \t]*# comment \d+$/gm) ?? []).map((line) => line.trim()).toSorted();
}

function spanOf(source: string, position: number): readonly [number, number] {
  const nodes = treeOf(source).get("nodes", true) as unknown as Node;
  if (!isBlock(nodes)) throw new Error("no block");
  const item = itemsOf(source, nodes)[position];
  if (item === undefined) throw new Error("no item");
  return [item.start, lineEnd(source, item.value)];
}
