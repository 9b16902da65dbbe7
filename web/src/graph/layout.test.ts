import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { testTypes } from "../builder/definition/catalog.fixture";
import type { Definition } from "../builder/definition/types";
import { freePlace, layOut, NODE_WIDTH } from "./layout";

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
const at = (positions: ReturnType<typeof layOut>, id: string): { x: number; y: number } => positions.get(id) ?? { x: NaN, y: NaN };

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
        expect(laid.size).toBe(8);
        expect([...laid.values()].every((point) => Number.isFinite(point.x) && Number.isFinite(point.y))).toBe(true);
        expect(layOut(any, testTypes)).toEqual(laid);
      }),
      { numRuns: 60 },
    );
  });

  it("finds the first free place below for a node that is put on another", () => {
    const heights = new Map([["a", 200]]);
    expect(freePlace({ x: 7, y: 9 }, new Map())).toEqual({ x: 0, y: 0 });
    expect(freePlace({ x: 100, y: 40 }, new Map([["a", { x: 0, y: 0 }]]), heights)).toEqual({ x: 100, y: 220 });
    expect(freePlace({ x: 240, y: 40 }, new Map([["a", { x: 0, y: 0 }]]), heights)).toEqual({ x: 240, y: 40 });
  });
});
