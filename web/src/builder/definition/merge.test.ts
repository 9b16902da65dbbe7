import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { testTypes } from "./catalog.fixture";
import { mergeDefinitions, mergeOrder, type Choices } from "./merge";
import { sameJson } from "./sameJson";
import { connectionKey, findNode, without, type Definition, type Json, type NodeDefinition } from "./types";
import { valueAt } from "./place";

const merge = (base: Definition, mine: Definition, theirs: Definition, choices?: Choices) => mergeDefinitions(testTypes, base, mine, theirs, choices);

const node = (id: string, parameters: Record<string, Json> = {}, more: Record<string, Json> = {}): NodeDefinition => ({ id, type: "ACTION_NODE", subtype: "TRANSFORM", parameters, ...more });
const flow = (nodes: readonly NodeDefinition[], arrows: readonly string[] = [], more: Record<string, Json> = {}): Definition => ({
  name: "flow",
  ...more,
  nodes,
  connections: arrows.map((arrow) => {
    const [from = "", to = ""] = arrow.split(">");
    return { from, to };
  }),
});
const arrows = (definition: Definition): string[] => definition.connections.map((item) => `${item.from}>${item.to}`);
const ids = (definition: Definition): string[] => definition.nodes.map((item) => item.id);

const base = flow([node("a", { url: "x", retries: 1 }), node("b"), node("c")], ["a>b", "b>c"], { description: "old" });

describe("a merge", () => {
  it("takes what only one side changed, in one node too", () => {
    const mine = { ...base, nodes: [node("a", { url: "y", retries: 1 }), node("b"), node("c")] };
    const theirs = { ...base, description: "new", nodes: [node("a", { url: "x", retries: 2 }), node("b"), node("c")] };
    const { definition, conflicts } = merge(base, mine, theirs);
    expect(conflicts).toEqual([]);
    expect(definition).toEqual({ ...base, description: "new", nodes: [node("a", { url: "y", retries: 2 }), node("b"), node("c")] });
  });

  it("lists what both changed with both values, and takes the side that is chosen", () => {
    const withUrl = (url: string) => ({ ...base, nodes: [node("a", { url, retries: 1 }), node("b"), node("c")] });
    const [mine, theirs] = [withUrl("mine"), withUrl("theirs")];
    const { definition, conflicts } = merge(base, mine, theirs);
    expect(conflicts).toMatchObject([{ node: "a", path: ["parameters", "url"], base: "x", mine: "mine", theirs: "theirs" }]);
    expect(findNode(definition, "a")?.parameters).toEqual({ url: "mine", retries: 1 });
    const chosen = merge(base, mine, theirs, new Map([[conflicts[0]?.key ?? "", "theirs"]])).definition;
    expect(findNode(chosen, "a")?.parameters).toEqual({ url: "theirs", retries: 1 });
  });

  it("keeps two new nodes of one id apart, and what names mine follows", () => {
    const mine = flow([...base.nodes, node("wait", { n: 1 }), node("d", { values: { text: "{{ nodes.wait.output.n }}" } })], ["a>b", "b>c", "c>wait"], { description: "old" });
    const theirs = flow([...base.nodes, node("wait", { n: 2 })], ["a>b", "b>c", "b>wait"], { description: "old" });
    const { definition, conflicts, renamed } = merge(base, mine, theirs);
    expect([conflicts, [...renamed]]).toEqual([[], [["wait", "wait_2"]]]);
    expect(ids(definition).sort()).toEqual(["a", "b", "c", "d", "wait", "wait_2"]);
    expect(findNode(definition, "d")?.parameters).toEqual({ values: { text: "{{ nodes.wait_2.output.n }}" } });
    expect(arrows(definition).sort()).toEqual(["a>b", "b>c", "b>wait", "c>wait_2"]);
  });

  it("takes two equal new nodes of one id as one", () => {
    const both = flow([...base.nodes, node("wait")], ["a>b", "b>c", "c>wait"]);
    const { definition } = merge(base, both, { ...both, nodes: [...base.nodes, node("wait", {}, { position: { x: 1, y: 2 } })] });
    expect(ids(definition)).toEqual(["a", "b", "c", "wait"]);
  });

  it("removes a node that the other side left alone, with its connections", () => {
    const mine = flow([node("a", { url: "x", retries: 1 }), node("c")], ["a>c"], { description: "old" });
    const theirs = { ...base, nodes: base.nodes.map((item) => (item.id === "b" ? { ...item, position: { x: 5, y: 5 } } : item)) };
    const { definition, conflicts } = merge(base, mine, theirs);
    expect(conflicts).toEqual([]);
    expect([ids(definition), arrows(definition)]).toEqual([["a", "c"], ["a>c"]]);
  });

  it("asks about a node that one side removed and the other side changed or connected; a node that stays keeps its connections", () => {
    const mine = flow([node("a", { url: "x", retries: 1 }), node("c")], [], { description: "old" });
    for (const theirs of [
      flow([node("a", { url: "x", retries: 1 }), node("b", { n: 1 }), node("c")], ["a>b", "b>c"], { description: "old" }),
      flow([node("a", { url: "x", retries: 1 }), node("b"), node("c"), node("d")], ["a>b", "b>c", "b>d"], { description: "old" }),
    ]) {
      const { definition, conflicts } = merge(base, mine, theirs);
      expect(conflicts).toMatchObject([{ node: "b", path: [], mine: undefined, theirs: { id: "b" } }]);
      expect([ids(definition).includes("b"), arrows(definition)]).toEqual([false, []]);
      const kept = merge(base, mine, theirs, new Map([[conflicts[0]?.key ?? "", "theirs"]])).definition;
      expect(ids(kept)).toContain("b");
      expect(arrows(kept)).toEqual(arrows(theirs));
    }
  });

  it("has no question about positions: a node stands where I put it, else where they did", () => {
    const at = (x: number, id: string) => ({ ...base, nodes: base.nodes.map((item) => (item.id === id ? { ...item, position: { x, y: 0 } } : item)) });
    expect(findNode(merge(base, at(1, "a"), at(2, "a")).definition, "a")?.position).toEqual({ x: 1, y: 0 });
    expect(findNode(merge(base, base, at(2, "a")).definition, "a")?.position).toEqual({ x: 2, y: 0 });
  });

  it("merges lists of one length by position, and asks about others whole", () => {
    const withList = (...list: number[]) => flow([node("a", { list })]);
    const [zero, one, two, three] = [withList(1, 2), withList(9, 2), withList(1, 8), withList(1, 2, 3)];
    expect(findNode(merge(zero, one, two).definition, "a")?.parameters).toEqual({ list: [9, 8] });
    expect(merge(zero, one, three).conflicts).toMatchObject([{ path: ["parameters", "list"], mine: [9, 2], theirs: [1, 2, 3] }]);
  });

  it("keeps the order that one side gave nodes, with the new ones of the other side behind what they follow", () => {
    expect(mergeOrder(["a", "b", "c"], ["c", "a", "b"], ["a", "x", "b", "c"])).toEqual(["c", "a", "x", "b"]);
    expect(mergeOrder(["a", "b"], ["a", "m", "b"], ["b", "a", "t"])).toEqual(["b", "a", "m", "t"]);
  });

  it.each(["__proto__", "constructor", "toString", "hasOwnProperty"])("takes the name %s as any other", (name) => {
    const with_ = (value: Json | undefined) => flow([node("a", Object.fromEntries(value === undefined ? [] : [[name, value]])), node(name)]);
    const { definition, conflicts } = merge(with_(undefined), with_(1), with_(undefined));
    expect([conflicts, definition]).toEqual([[], with_(1)]);
    expect(merge(with_(1), with_(2), with_(3)).conflicts).toMatchObject([{ path: ["parameters", name], mine: 2, theirs: 3 }]);
    expect(Object.prototype).not.toHaveProperty("polluted");
  });
});

/** Nodes by their ids, each with fields by their names; and connections between them. */
type Sketch = Readonly<Record<string, Readonly<Record<string, number>>>>;
const IDS = ["n1", "n2", "n3", "n4", "n5", "n6"];
const fields = fc.dictionary(fc.constantFrom("p", "q", "r", "s"), fc.nat(3), { maxKeys: 4 });
const sketches: fc.Arbitrary<Sketch> = fc.dictionary(fc.constantFrom(...IDS), fields, { maxKeys: 6 });
const links = fc.uniqueArray(fc.tuple(fc.constantFrom(...IDS), fc.constantFrom(...IDS)), { selector: ([from, to]) => `${from}>${to}`, maxLength: 8 });
const definitions = fc.tuple(sketches, links, fields).map(([sketch, pairs, head]) => {
  const nodes = Object.entries(sketch).map(([id, parameters]) => node(id, { ...parameters }));
  const known = new Set(nodes.map((item) => item.id));
  return flow(nodes, pairs.filter(([from, to]) => known.has(from) && known.has(to)).map(([from, to]) => `${from}>${to}`), { head: { ...head } });
});
const sorted = (definition: Definition) => ({
  ...definition,
  nodes: [...definition.nodes].sort((left, right) => (left.id < right.id ? -1 : 1)),
  connections: definition.connections.map(connectionKey).sort(),
});

describe("merges of any definitions", () => {
  it("give the other side where one side changed nothing", () => {
    fc.assert(
      fc.property(definitions, definitions, (one, two) => {
        for (const { definition, conflicts } of [merge(one, one, two), merge(one, two, one), merge(one, two, two)]) {
          expect(conflicts).toEqual([]);
          expect(sorted(definition)).toEqual(sorted(two));
        }
      }),
    );
  });

  it("contain both of disjoint edits, without a question", () => {
    const edits = fc.array(fc.record({ id: fc.constantFrom("n1", "n2", "n3"), field: fc.constantFrom("p", "q", "r", "s"), value: fc.option(fc.integer({ min: 10, max: 20 })) }));
    fc.assert(
      fc.property(edits, edits, fc.boolean(), fc.boolean(), (left, right, adds, removes) => {
        const start = flow([node("n1", { p: 1, q: 1 }), node("n2", { p: 2 }), node("n3"), node("n4"), node("n5")], ["n1>n2", "n2>n3", "n3>n4"]);
        const ofMe = left.filter(({ field }) => field === "p" || field === "q");
        const ofThem = right.filter(({ field }) => field === "r" || field === "s");
        let mine = edited(start, ofMe);
        let theirs = edited(start, ofThem);
        if (adds) mine = { ...mine, nodes: [...mine.nodes, node("m")], connections: [...mine.connections, { from: "n1", to: "m" }] };
        if (removes) theirs = { ...theirs, nodes: theirs.nodes.filter((item) => item.id !== "n5") };
        const { definition, conflicts } = merge(start, mine, theirs);
        let both = edited(edited(start, ofMe), ofThem);
        if (adds) both = { ...both, nodes: [...both.nodes, node("m")], connections: [...both.connections, { from: "n1", to: "m" }] };
        if (removes) both = { ...both, nodes: both.nodes.filter((item) => item.id !== "n5") };
        expect(conflicts).toEqual([]);
        expect(sorted(definition)).toEqual(sorted(both));
      }),
    );
  });

  it("list each conflict once, with values that differ, and end as chosen", () => {
    fc.assert(
      fc.property(definitions, definitions, definitions, (start, mine, theirs) => {
        const { conflicts } = merge(start, mine, theirs);
        expect(new Set(conflicts.map((each) => each.key)).size).toBe(conflicts.length);
        for (const each of conflicts) {
          expect(sameJson(each.mine, each.theirs)).toBe(false);
          // A node that one side removed may have got a new connection only.
          if (each.path.length > 0) expect([sameJson(each.mine, each.base), sameJson(each.theirs, each.base)]).toEqual([false, false]);
          else if (each.node !== null) expect([each.mine, each.theirs].filter((side) => side === undefined)).toHaveLength(1);
        }
        const chosen = merge(start, mine, theirs, new Map(conflicts.map((each) => [each.key, "theirs" as const]))).definition;
        for (const each of conflicts) {
          if (each.node === null) continue;
          const found = findNode(chosen, each.node);
          const value = valueAt(found, each.path);
          expect(sameJson(each.path.length === 0 ? found : value, each.theirs)).toBe(true);
        }
      }),
    );
  });

  it("have unique ids, and connections between nodes that are there", () => {
    fc.assert(
      fc.property(definitions, definitions, definitions, (start, mine, theirs) => {
        const { definition } = merge(start, mine, theirs);
        expect(new Set(ids(definition)).size).toBe(definition.nodes.length);
        for (const item of definition.connections) expect([ids(definition).includes(item.from), ids(definition).includes(item.to)]).toEqual([true, true]);
        for (const side of [mine, theirs]) for (const added of side.nodes.filter((item) => findNode(start, item.id) === undefined)) expect(definition.nodes.some((item) => sameJson(item.parameters, added.parameters))).toBe(true);
      }),
    );
  });
});

function edited(definition: Definition, edits: readonly { id: string; field: string; value: number | null }[]): Definition {
  return edits.reduce<Definition>(
    (state, { id, field, value }) => ({
      ...state,
      nodes: state.nodes.map((item) => {
        if (item.id !== id) return item;
        const rest = without(item.parameters ?? {}, field);
        return { ...item, parameters: value === null ? rest : { ...rest, [field]: value } };
      }),
    }),
    definition,
  );
}
