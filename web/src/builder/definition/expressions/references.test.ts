import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { referencesOf } from "./parse";
import fixture from "./references.fixture.json";
import { namedIn, rewriteExpression, rewriteTemplate } from "./rewrite";

interface Entry {
  readonly source: string;
  readonly references: readonly (readonly [string, number])[] | null;
}
const ENTRIES = fixture as unknown as readonly Entry[];
const readable = ENTRIES.filter((entry) => entry.references !== null);

describe("references in expressions", () => {
  it("are those that the server's parser finds, each at its place", () => {
    for (const { source, references } of readable) expect([source, referencesOf(source)?.found.map(({ id, end }) => [id, end])]).toEqual([source, references]);
  });

  it("are none where the server's parser cannot read the expression", () => {
    for (const { source } of ENTRIES.filter((entry) => entry.references === null)) expect([source, referencesOf(source)]).toEqual([source, null]);
  });

  it("are found again after they were renamed, and nothing else was changed", () => {
    fc.assert(
      fc.property(fc.constantFrom(...readable), fc.constantFrom("b", "two words", "class", "__proto__", "it's", 'say "x"', "a\\b"), ({ source }, after) => {
        const before = referencesOf(source)?.found ?? [];
        const [first] = before;
        fc.pre(first !== undefined);
        const made = rewriteExpression(source, (id) => (id === first.id ? after : id));
        expect(referencesOf(made)?.found.map((one) => one.id)).toEqual(before.map((one) => (one.id === first.id ? after : one.id)));
        expect(around(made)).toBe(around(source));
      }),
    );
  });

  it("never throw, whatever the text", () => {
    const parts = fc.constantFrom("nodes", ".", "[", "'", '"', "]", "(", ")", "{", "}", ":", ",", " for x in ", " if ", "a", "\\", "\n", "#", "not ", "-", "ß", "1", " ");
    fc.assert(fc.property(fc.string({ unit: parts }), (text) => void referencesOf(text)));
    expect(referencesOf("(".repeat(9_000))).toBeNull();
    expect(referencesOf(`${"not ".repeat(2_400)}a`)).toBeNull();
  });
});

/** Returns a text without the parts that say which node is meant. */
function around(source: string): string {
  return (referencesOf(source)?.found ?? []).toReversed().reduce((text, { start, end }) => text.slice(0, start) + text.slice(end), source);
}

describe("a rename", () => {
  const rename = (text: string) => rewriteExpression(text, (id) => (id === "x" ? "new name" : id));

  it.each([
    ["nodes.x.output", "nodes['new name'].output"],
    ["nodes[ 'x' ].output", "nodes[ 'new name' ].output"],
    ['nodes["x"].output', 'nodes["new name"].output'],
    ["nodes # which\n [ 'x' ]", "nodes # which\n [ 'new name' ]"],
    ["{{ nodes.x.a }} > 1", "{{ nodes['new name'].a }} > 1"],
    ["input.nodes.x == 'nodes.x' and f(nodes=x)", "input.nodes.x == 'nodes.x' and f(nodes=x)"],
    ["nodes.x +", "nodes.x +"],
    ["[nodes.x for nodes in input.list]", "[nodes.x for nodes in input.list]"],
  ])("in %j", (before, after) => {
    expect(rename(before)).toBe(after);
  });

  it("in a template changes only what is in braces", () => {
    const template = (text: string) => rewriteTemplate(text, (id) => (id === "x" ? "y" : id));
    expect(template("nodes.x and {{ nodes.x.a }}, {{ 'nodes.x }}' + nodes[\"x\"] }} nodes['x']")).toBe("nodes.x and {{ nodes.y.a }}, {{ 'nodes.x }}' + nodes[\"y\"] }} nodes['x']");
    expect(template("{{ nodes.x")).toBe("{{ nodes.x");
    expect(namedIn("{{ nodes.x }} {{ nodes['a b'] }} {{ nodes.x }}", true)).toEqual(["x", "a b"]);
  });
});
