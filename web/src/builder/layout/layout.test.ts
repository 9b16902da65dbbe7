import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { testTypes } from "../definition/catalog.fixture";
import type { Definition } from "../definition/types";
import { freePlace, layOut, NODE_WIDTH, withPlacesFor } from "./layout";
import { loadPositions, savePositions } from "./positions";

const definition: Definition = {
  name: "a",
  nodes: [
    { id: "start", type: "TRIGGER_NODE", subtype: "MANUAL" },
    { id: "agent", type: "AI_AGENT_NODE", subtype: "CLAUDE_NODE" },
    { id: "one", type: "TOOL_NODE", subtype: "HTTP_TOOL" },
    { id: "two", type: "TOOL_NODE", subtype: "HTTP_TOOL" },
    { id: "end", type: "FLOW_NODE", subtype: "END" },
  ],
  connections: [
    { from: "start", to: "agent" },
    { from: "agent", to: "end" },
    { from: "one", to: "agent", type: "AI_TOOL" },
    { from: "two", to: "agent", type: "AI_TOOL" },
  ],
};
const at = (positions: ReturnType<typeof layOut>, id: string): { x: number; y: number } => positions[id] ?? { x: NaN, y: NaN };

describe("the layout", () => {
  it("goes from left to right, with suppliers under their user", () => {
    const laid = layOut(definition, testTypes);
    expect(at(laid, "start").x).toBeLessThan(at(laid, "agent").x);
    expect(at(laid, "agent").x).toBeLessThan(at(laid, "end").x);
    expect(at(laid, "one").y).toBeGreaterThan(at(laid, "agent").y);
    expect(at(laid, "two").x - at(laid, "one").x).toBeGreaterThanOrEqual(NODE_WIDTH);
  });

  it("is the same each time, and places every node of any graph", () => {
    const ids = fc.nat(7).map((number) => `n${number}`);
    fc.assert(
      fc.property(fc.array(fc.record({ from: ids, to: ids, type: fc.constantFrom("MAIN", "AI_TOOL") }), { maxLength: 20 }), (connections) => {
        const any: Definition = { name: "a", nodes: Array.from({ length: 8 }, (_, number) => ({ id: `n${number}`, type: "A", subtype: "B" })), connections };
        const laid = layOut(any, testTypes);
        expect(Object.values(laid)).toHaveLength(8);
        expect(Object.values(laid).every((point) => Number.isFinite(point.x) && Number.isFinite(point.y))).toBe(true);
        expect(layOut(any, testTypes)).toEqual(laid);
      }),
      { numRuns: 60 },
    );
  });

  it("leaves what has been moved, and finds a free place for what is new", () => {
    const known = { start: { x: 1000, y: 1000 }, agent: { x: 1400, y: 1000 } };
    const found = withPlacesFor(definition, testTypes, known);
    expect(found.start).toEqual(known.start);
    expect(at(found, "end").x).toBeGreaterThan(1400);
    expect(freePlace({ x: 0, y: 0 }, { a: { x: 0, y: 0 } }).y).toBeGreaterThan(60);
  });
});

describe("positions that are kept", () => {
  it("come back; rubbish and a storage that throws are no positions", () => {
    const kept = new Map<string, string>();
    const storage = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value), removeItem: (key: string) => kept.delete(key) } as unknown as Storage;
    savePositions("w", { a: { x: 1.4, y: 2 } }, storage);
    expect(loadPositions("w", storage)).toEqual({ a: { x: 1, y: 2 } });
    kept.set("interlock.positions.w", '{"a": "left", "b": [1, 2]}');
    expect(loadPositions("w", storage)).toEqual({ b: { x: 1, y: 2 } });
    savePositions("w", null, storage);
    expect(loadPositions("w", storage)).toEqual({});
    const broken = { getItem: () => { throw new Error("forbidden"); } } as unknown as Storage;
    expect(loadPositions("w", broken)).toEqual({});
  });
});
