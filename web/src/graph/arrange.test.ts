import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { testTypes } from "../builder/definition/catalog.fixture";
import { moveNodes, releaseNodes } from "../builder/definition/commands/moveNodes";
import { diffDefinitions, isSame } from "../builder/definition/diff";
import { parseJson } from "../json/parseJson";
import { positionOf } from "../builder/definition/position";
import { readDefinition } from "../builder/definition/read";
import { isRefusal, type Definition } from "../builder/definition/types";
import { change, createBuilderStore, isChanged, stepBack, tidy } from "../builder/draft/store";
import { move } from "../builder/draft/actions";
import { arrange } from "./arrange";
import { COLUMN_GAP, freePlace, GRID, heightsOf, layOut, NODE_WIDTH, type Positions } from "./layout";

const chain: Definition = {
  name: "a",
  nodes: ["one", "two", "three", "four"].map((id) => ({ id, type: "FLOW_NODE", subtype: "JOIN" })),
  connections: [
    { from: "one", to: "two" },
    { from: "two", to: "three" },
    { from: "three", to: "four" },
  ],
};
const at = (positions: Positions, id: string): { x: number; y: number } => positions.get(id) ?? { x: NaN, y: NaN };

function touching(definition: Definition, positions: Positions): string[] {
  const heights = heightsOf(definition, testTypes);
  const pairs = definition.nodes.flatMap((left, index) => definition.nodes.slice(index + 1).map((right) => [left.id, right.id] as const));
  const overlaps = ([left, right]: readonly [string, string]) =>
    Math.abs(at(positions, left).x - at(positions, right).x) < NODE_WIDTH &&
    at(positions, left).y < at(positions, right).y + (heights.get(right) ?? 0) &&
    at(positions, right).y < at(positions, left).y + (heights.get(left) ?? 0);
  return pairs.filter(overlaps).map((pair) => pair.join(" on "));
}

describe("the arrangement", () => {
  it("is the layout until somebody moves a node; then only that node stands elsewhere", () => {
    const before = arrange(chain, testTypes);
    expect(before.positions).toEqual(layOut(chain, testTypes));
    const moved = moveNodes(chain, new Map([["two", { x: 320, y: 400 }]]));
    expect(arrange(moved, testTypes).positions).toEqual(new Map([...before.positions, ["two", { x: 320, y: 400 }]]));
    expect(moved.nodes.map(positionOf)).toEqual([undefined, { x: 320, y: 400 }, undefined, undefined]);
  });

  it("moves a node without a position if another one is put on it", () => {
    const before = arrange(chain, testTypes).positions;
    const moved = moveNodes(chain, new Map([["one", at(before, "three")]]));
    const after = arrange(moved, testTypes).positions;
    expect(after.get("one")).toEqual(before.get("three"));
    expect(at(after, "three").y).toBeGreaterThan(at(before, "three").y);
    expect(touching(moved, after)).toEqual([]);
  });

  it("moves the others too if nearly all were put far away", () => {
    const moved = moveNodes(chain, new Map([["one", { x: 9000, y: 0 }], ["two", { x: 9320, y: 0 }], ["three", { x: 9640, y: 0 }]]));
    const { x } = at(arrange(moved, testTypes).positions, "four");
    expect(Math.abs(x - 9640)).toBeLessThanOrEqual(2 * NODE_WIDTH);
  });

  it("is the same for the same definition however it was made, and no node without a position stands on another", () => {
    const places = fc.dictionary(fc.nat(11).map((number) => `n${number}`), fc.record({ x: fc.integer({ min: -600, max: 600 }), y: fc.integer({ min: -300, max: 300 }) }));
    const ends = fc.record({ from: fc.nat(11), to: fc.nat(11) });
    fc.assert(
      fc.property(fc.array(ends, { maxLength: 16 }), places, places, (pairs, first, second) => {
        const nodes = Array.from({ length: 12 }, (_, number) => ({ id: `n${number}`, type: "FLOW_NODE", subtype: "JOIN" }));
        const drawn: Definition = { name: "a", nodes, connections: pairs.map(({ from, to }) => ({ from: `n${from}`, to: `n${to}` })) };
        const once = moveNodes(drawn, new Map(Object.entries(first)));
        const twice = moveNodes(once, new Map(Object.entries(second)));
        const stepwise = arrange(twice, testTypes, arrange(once, testTypes, arrange(drawn, testTypes)));
        expect(stepwise.positions).toEqual(arrange(twice, testTypes).positions);
        const put = new Set(Object.keys({ ...first, ...second }));
        expect(touching(twice, stepwise.positions).filter((pair) => !pair.split(" on ").every((id) => put.has(id)))).toEqual([]);
        expect(arrange(releaseNodes(twice), testTypes).positions).toEqual(layOut(drawn, testTypes));
      }),
      { numRuns: 80 },
    );
  });

  it("stays the same object while only parameters change, and while a large graph is edited", () => {
    const before = arrange(chain, testTypes);
    expect(arrange({ ...chain, nodes: chain.nodes.map((node) => ({ ...node, name: "other" })) }, testTypes, before)).toBe(before);
    const nodes = Array.from({ length: 240 }, (_, number) => ({ id: `n${number}`, type: "FLOW_NODE", subtype: "JOIN" }));
    const large: Definition = { name: "a", nodes, connections: nodes.slice(1).map(({ id }) => ({ from: "n0", to: id })) };
    const laid = arrange(large, testTypes);
    const more = arrange({ ...large, nodes: [...nodes, { id: "more", type: "FLOW_NODE", subtype: "JOIN" }], connections: [...large.connections, { from: "n7", to: "more" }] }, testTypes, laid);
    expect(more.positions).toEqual(new Map([...laid.positions, ["more", freePlace({ x: at(laid.positions, "n7").x + NODE_WIDTH + COLUMN_GAP, y: at(laid.positions, "n7").y }, laid.positions, heightsOf(large, testTypes))]]));
  });

  it("ignores an invalid position", () => {
    for (const position of [null, "here", [0, 0], { x: 0 }, { x: "0", y: 0 }, { x: 1e308, y: 0 }, { x: NaN, y: 0 }])
      expect(positionOf({ id: "a", type: "A", subtype: "B", position })).toBeUndefined();
    expect(arrange({ ...chain, nodes: chain.nodes.map((node) => ({ ...node, position: "here" })) }, testTypes).positions).toEqual(layOut(chain, testTypes));
  });
});

describe("a drawing that is arranged", () => {
  const read = (text: string): Definition => {
    const definition = readDefinition(parseJson(text));
    if (isRefusal(definition)) throw new Error(definition.message);
    return definition;
  };

  it("is part of the draft: each move is one step, and the layout removes all positions in one step", () => {
    const store = createBuilderStore({ types: testTypes, canEdit: true, base: { workflowId: "w", version: 1, definition: chain } });
    const shown = () => store.get().history.now.positions;
    const before = shown();
    move(store, new Map([["two", { x: 400, y: 300 }]]));
    move(store, new Map([["two", { x: 440, y: 300 }], ["three", { x: 1200, y: 300 }]]));
    expect(isChanged(store.get())).toBe(true);
    tidy(store);
    expect([shown(), isChanged(store.get())]).toEqual([before, false]);
    stepBack(store);
    expect(shown().get("three")).toEqual({ x: 1200, y: 300 });
    stepBack(store);
    expect(shown()).toEqual(new Map([...before, ["two", { x: 400, y: 300 }]]));
    stepBack(store);
    expect([shown(), isChanged(store.get())]).toEqual([before, false]);
    move(store, new Map([["two", at(before, "two")]]));
    stepBack(store);
    change(store, moveNodes(chain, new Map()));
    expect(store.get().history.past).toHaveLength(0);
  });

  it("keeps the digits of positions that nobody changes", () => {
    const text = '{"name":"a","nodes":[{"id":"a","type":"A","subtype":"B","position":{"x":40.0,"y":0.1}},{"id":"b","type":"A","subtype":"B"}],"connections":[]}';
    const moved = moveNodes(read(text), new Map([["a", { x: 40, y: 0.1 }], ["b", { x: 2 * GRID, y: 9e9 }]]));
    expect(JSON.stringify(moved)).toBe(text.replace('"B"}]', '"B","position":{"x":40,"y":1000000}}]'));
    expect(arrange(moved, testTypes).positions).toEqual(new Map([["a", { x: 40, y: 0.1 }], ["b", { x: 40, y: 1_000_000 }]]));
  });

  it("lists moved nodes beside changed ones in a difference", () => {
    const moved = moveNodes(chain, new Map([["two", { x: 1, y: 2 }]]));
    const difference = diffDefinitions(chain, { ...moved, nodes: moved.nodes.map((node) => (node.id === "three" ? { ...node, name: "3" } : node)) });
    expect(difference.movedNodes.map((node) => node.id)).toEqual(["two"]);
    expect(difference.changedNodes.map((node) => node.id)).toEqual(["three"]);
    expect(isSame(diffDefinitions(chain, moved))).toBe(false);
    expect(isSame(diffDefinitions(moved, { ...moved, nodes: moved.nodes.map((node) => (node.id === "two" ? { ...node, position: { y: 2, x: 1 } } : node)) }))).toBe(true);
  });
});
