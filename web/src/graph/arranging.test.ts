import { describe, expect, it } from "vitest";
import { testTypes } from "../builder/definition/catalog.fixture";
import type { Definition } from "../builder/definition/types";
import { aligned, distributed } from "./aligning";
import { framesOf, groupKey, noteKey, readKey } from "./extras";
import { heightsOf, layOut, NODE_WIDTH } from "./layout";
import { mainLine, onlyAfterErrors } from "./mainLine";
import { inGraph, panInto } from "./panInto";
import { shiftFor } from "./pasting";

const positions = new Map([
  ["a", { x: 0, y: 0 }],
  ["b", { x: 300, y: 80 }],
  ["c", { x: 900, y: 300 }],
]);
const heights = new Map([["a", 56], ["b", 56], ["c", 100]]);
const ids = ["a", "b", "c"];
const pick = (placed: ReadonlyMap<string, { x: number; y: number }>, axis: "x" | "y") => ids.map((id) => placed.get(id)?.[axis]);

describe("alignment", () => {
  it("puts the edges or the middles of nodes in one line", () => {
    expect(pick(aligned("left", ids, positions, heights), "x")).toEqual([0, 0, 0]);
    expect(pick(aligned("right", ids, positions, heights), "x")).toEqual([900, 900, 900]);
    expect(pick(aligned("centre", ids, positions, heights), "x")).toEqual([450, 450, 450]);
    expect(pick(aligned("top", ids, positions, heights), "y")).toEqual([0, 0, 0]);
    expect(pick(aligned("bottom", ids, positions, heights), "y")).toEqual([344, 344, 300]);
    expect(pick(aligned("middle", ids, positions, heights), "y")).toEqual([172, 172, 150]);
    expect(pick(aligned("left", ids, positions, heights), "y")).toEqual([0, 80, 300]);
  });

  it("distributes with equal gaps between the first and the last, which stay", () => {
    expect(pick(distributed("x", ["c", "a", "b"], positions, heights), "x")).toEqual([0, 450, 900]);
    expect(pick(distributed("y", ids, positions, heights), "y")).toEqual([0, 150, 300]);
  });
});

describe("what comes into sight", () => {
  const frame = { x: 0, y: 0, width: 1000, height: 800 };

  it("is panned to as little as necessary, and not at all if it is in sight", () => {
    const still = { x: 0, y: 0, zoom: 1 };
    expect(panInto(still, frame, { x: 100, y: 100, width: 200, height: 56 })).toBe(still);
    expect(panInto(still, frame, { x: 950, y: 100, width: 200, height: 56 })).toEqual({ x: -178, y: 0, zoom: 1 });
    expect(panInto(still, frame, { x: -100, y: 900, width: 200, height: 56 })).toEqual({ x: 128, y: -184, zoom: 1 });
    expect(panInto({ x: 0, y: 0, zoom: 0.5 }, frame, { x: 3000, y: 0, width: 4000, height: 56 }).x).toBe(-2000);
  });

  it("is the part of the graph that the screen shows", () => {
    expect(inGraph({ x: -100, y: 50, zoom: 0.5 }, frame)).toEqual({ x: 200, y: -100, width: 2000, height: 1600 });
  });

  it("is where copies are put: below the originals, or in the middle if those are out of sight, and on no other node", () => {
    const node = { id: "a", type: "A", subtype: "B", position: { x: 0, y: 0 } };
    expect(shiftFor([node], positions, heights, { x: -100, y: -100, width: 2000, height: 2000 })).toEqual({ x: 0, y: 96 });
    expect(shiftFor([node], positions, heights, { x: 5000, y: 5000, width: 1000, height: 800 })).toEqual({ x: 5400, y: 5380 });
    const crowded = new Map([...positions, ["under", { x: 0, y: 96 }]]);
    expect(shiftFor([node], crowded, heights, null).y).toBeGreaterThanOrEqual(96 + 56);
  });
});

const node = (id: string, more: object = {}) => ({ id, type: "ACTION_NODE", subtype: "TRANSFORM", ...more });

describe("the main line", () => {
  const definition: Definition = {
    name: "a",
    nodes: [{ id: "start", type: "TRIGGER_NODE", subtype: "MANUAL" }, node("one", { on_error: "port" }), node("side"), node("two"), node("three"), node("alarm"), node("after")],
    connections: [
      { from: "start", to: "side" },
      { from: "start", to: "one" },
      { from: "one", to: "two" },
      { from: "two", to: "three" },
      { from: "three", to: "one" },
      { from: "one", port: "error", to: "alarm" },
      { from: "alarm", to: "after" },
    ],
  };

  it("is the longest way without errors, and a loop does not make it longer", () => {
    expect(mainLine(definition)).toEqual(["start", "one", "two", "three"]);
    expect([...onlyAfterErrors(definition)]).toEqual(["alarm", "after"]);
    expect(mainLine({ name: "a", nodes: [], connections: [] })).toEqual([]);
  });

  it("is drawn straight, with what follows errors below it", () => {
    const laid = layOut(definition, testTypes);
    const y = (id: string) => laid.get(id)?.y ?? NaN;
    expect(new Set(["start", "one", "two", "three"].map(y)).size).toBe(1);
    for (const id of ["alarm", "after"]) expect(y(id)).toBeGreaterThan(y("one"));
  });

  it("is found in a graph of 5,000 nodes with names that JavaScript knows", () => {
    const names = ["__proto__", "constructor", "toString", ...Array.from({ length: 4_997 }, (_, number) => `n${number}`)];
    const long: Definition = { name: "a", nodes: names.map((id) => node(id)), connections: names.slice(1).map((to, index) => ({ from: names[index] ?? "", to })) };
    expect(mainLine(long)).toEqual(names);
    const short = { ...long, nodes: long.nodes.slice(0, 40), connections: long.connections.slice(0, 39) };
    expect([...layOut(short, testTypes).keys()].sort()).toEqual(names.slice(0, 40).sort());
  });
});

describe("the frame of a group", () => {
  it("is around its nodes, with room for its name", () => {
    const drawn: Definition = { name: "a", nodes: [node("a"), node("b")], connections: [], groups: [{ id: "g", name: "Both", nodes: ["a", "b", "gone"] }] };
    expect(framesOf(drawn, positions, heightsOf(drawn, testTypes))).toEqual([{ id: "g", name: "Both", nodes: ["a", "b"], x: -20, y: -40, width: 300 + NODE_WIDTH + 40, height: 80 + 56 + 60 }]);
    expect(framesOf({ ...drawn, groups: "broken" }, positions, new Map())).toEqual([]);
  });

  it("is told from a node by its key", () => {
    expect([readKey(groupKey("g")), readKey(noteKey("n")), readKey("n")]).toEqual([{ kind: "group", id: "g" }, { kind: "note", id: "n" }, null]);
  });
});
