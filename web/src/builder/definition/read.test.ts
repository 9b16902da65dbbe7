import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readDefinition } from "./read";
import { fromText, toText } from "./text";
import { sameJson } from "./sameJson";
import { isRefusal, type Definition, type Json, type JsonObject } from "./types";
import { setNodeField } from "./commands/setField";

const leaf = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
  fc.string(),
  fc.constantFrom("{{ a }}", "yes", "0x10", "2026-01-01", "~", "- a", "a: b", "# no comment", " blank ", "line\nline\n", "1e3", "null"),
);
const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof({ depthSize: "small" }, leaf, fc.array(tie("value"), { maxLength: 4 }), fc.dictionary(key(), tie("value"), { maxKeys: 4 })),
})).value;

function key(): fc.Arbitrary<string> {
  return fc.string({ minLength: 1, maxLength: 12 }).filter((text) => text !== "__proto__");
}

const id = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/);
/** A definition with anything in it that the builder has never heard of. */
const definitions: fc.Arbitrary<Definition> = fc
  .record({
    name: fc.string(),
    nodes: fc.uniqueArray(
      fc.record({ id, type: fc.constant("ACTION_NODE"), subtype: fc.constantFrom("TRANSFORM", "NOT_THERE"), parameters: fc.dictionary(key(), json), extra: json }),
      { selector: (node) => node.id, maxLength: 8 },
    ),
    connections: fc.array(fc.record({ from: id, to: id, port: fc.constantFrom("main", "error"), note: json }), { maxLength: 8 }),
    unheard_of: json,
  })
  .map((raw) => raw as unknown as Definition);

describe("a definition that goes through the builder", () => {
  it("comes out as it went in, with all fields that the builder does not know", () => {
    fc.assert(fc.property(definitions, (raw) => sameJson(readDefinition(raw) as JsonObject, raw)));
  });

  it("survives its JSON and its YAML", () => {
    fc.assert(
      fc.property(definitions, fc.constantFrom("json" as const, "yaml" as const), (raw, syntax) => {
        expect(fromText(toText(raw, syntax), syntax)).toEqual(raw);
      }),
      { numRuns: 200 },
    );
  }, 60_000);

  it("keeps everything else if one field is edited", () => {
    fc.assert(
      fc.property(definitions, fc.nat(), json, (raw, pick, value) => {
        const node = raw.nodes[pick % Math.max(1, raw.nodes.length)];
        fc.pre(node !== undefined);
        const edited = setNodeField(raw, node.id, ["parameters", "edited here"], value);
        const back = setNodeField(edited, node.id, ["parameters", "edited here"], undefined);
        const had = node.parameters !== undefined && Object.keys(node.parameters).length > 0;
        expect(edited.nodes.filter((other) => other.id !== node.id)).toEqual(raw.nodes.filter((other) => other.id !== node.id));
        if (had) expect(back).toEqual(raw);
      }),
    );
  });
});

describe("other spellings", () => {
  it("reads a map of connections as the list that it stands for", () => {
    const read = readDefinition({
      name: "a",
      nodes: [],
      connections: { agent: { connection_types: { main: { connections: [{ node: "start" }] }, ai_tool: { connections: [{ node: "search", port: "main" }] } } } },
    });
    expect(read).toMatchObject({
      connections: [
        { from: "start", to: "agent" },
        { from: "search", to: "agent", type: "AI_TOOL", port: "main" },
      ],
    });
  });

  it("reads critical and custom_config as the server does", () => {
    const read = readDefinition({ name: "a", nodes: [{ id: "a", type: "X", subtype: "Y", critical: false, custom_config: { rules: [] } }] });
    expect((read as Definition).nodes[0]).toEqual({ id: "a", type: "X", subtype: "Y", on_error: "continue", parameters: { custom_config: { rules: [] } } });
  });
});

describe("what cannot be drawn", () => {
  it.each([
    ["a list", [], "object"],
    ["nodes that are no list", { nodes: {} }, "nodes is not a list"],
    ["a node without an id", { nodes: [{ type: "A", subtype: "B" }] }, "nodes[0] has no id"],
    ["two nodes of one id", { nodes: [{ id: "a", type: "A", subtype: "B" }, { id: "a", type: "A", subtype: "B" }] }, "nodes[1]"],
    ["parameters that are a list", { nodes: [{ id: "a", type: "A", subtype: "B", parameters: [] }] }, "nodes[0].parameters"],
    ["a connection without an end", { nodes: [], connections: [{ from: "a" }] }, "connections[0]"],
    ["a map without suppliers", { nodes: [], connections: { a: { connection_types: { main: {} } } } }, "connections.a"],
  ])("says why: %s", (_name, raw, words) => {
    const read = readDefinition(raw);
    expect(isRefusal(read) && read.message).toContain(words);
  });

  it("says where a text breaks", () => {
    expect(fromText('{"name": }', "json")).toMatchObject({ problem: expect.any(String) as string });
    expect(fromText("name: a\nnodes: [", "yaml")).toMatchObject({ at: expect.any(Number) as number });
    expect(fromText("a: 1\na: 2", "yaml")).toHaveProperty("problem");
  });

  it("never throws, whatever the text", () => {
    fc.assert(fc.property(fc.string(), fc.constantFrom("json" as const, "yaml" as const), (text, syntax) => typeof fromText(text, syntax) === "object"));
  });
});
