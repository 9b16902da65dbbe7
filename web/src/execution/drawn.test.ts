import { describe, expect, it } from "vitest";
import { connectionKey, type Definition } from "../builder/definition/types";
import { layoutAsDrawn } from "./drawn";
import { layOut } from "./layout";

const DRAWN: Definition = {
  name: "a",
  nodes: [
    { id: "ask", type: "FLOW_NODE", subtype: "IF", position: { x: 0, y: 0 } },
    { id: "go", type: "FLOW_NODE", subtype: "JOIN", position: { x: 400, y: -100 } },
    { id: "tool", type: "TOOL_NODE", subtype: "HTTP_TOOL", position: { x: 400, y: 200 } },
  ],
  connections: [
    { from: "ask", to: "go", port: "true" },
    { from: "ask", to: "go", port: "false" },
    { from: "go", to: "ask" },
    { from: "tool", to: "go", type: "AI_TOOL" },
  ],
};

describe("a graph as it was arranged", () => {
  const layout = layOut(DRAWN, { width: 300, height: 900 });

  it("has its nodes where they were put, whatever the size of the canvas", () => {
    expect([...layout.nodes]).toEqual([["ask", { x: 0, y: 0 }], ["go", { x: 400, y: -100 }], ["tool", { x: 400, y: 200 }]]);
  });

  it("has a path for every connection, none on another", () => {
    const paths = DRAWN.connections.map((item) => layout.paths.get(connectionKey(item)));
    expect(paths.every((way) => way !== undefined && !way.path.includes("NaN"))).toBe(true);
    expect(new Set(paths.map((way) => way?.path)).size).toBe(4);
    expect(new Set(paths.map((way) => JSON.stringify(way?.label))).size).toBe(4);
  });

  it("is none if a node has no position", () => {
    expect(layoutAsDrawn({ ...DRAWN, nodes: [...DRAWN.nodes, { id: "more", type: "A", subtype: "B" }] })).toBeNull();
  });
});
