import { describe, expect, it } from "vitest";
import type { AssignmentSummary } from "../api/types";
import type { Definition } from "../builder/definition/types";
import { graphOf, withJumps } from "./graph";
import { layOut, layOutAlong, NODE_HEIGHT, NODE_WIDTH, smoothPath } from "./layout";

const DEFINITION: Definition = {
  name: "loop",
  nodes: ["start", "work", "check", "end"].map((id) => ({ id, type: "ACTION_NODE", subtype: "TRANSFORM" })),
  connections: [
    { from: "start", to: "work" },
    { from: "work", to: "check" },
    { from: "check", to: "work", port: "false" },
    { from: "check", to: "end", port: "true" },
  ],
};
const visit = (node_id: string, visit: number, status: AssignmentSummary["status"], ports: string[] = ["main"]) =>
  ({ id: `${node_id}${visit}`, node_id, visit, attempt: 1, status, ports: status === "completed" ? ports : [], suspended: false, error: null }) as unknown as AssignmentSummary;

describe("graphOf", () => {
  const graph = graphOf(DEFINITION, [visit("start", 1, "completed"), visit("work", 2, "running"), visit("work", 1, "completed"), visit("check", 1, "completed", ["false"])]);

  it("shows the latest visit of each node, and the nodes that were not reached", () => {
    expect(graph.nodes.map((node) => [node.id, node.status, node.visits])).toEqual([
      ["start", "completed", 1],
      ["work", "running", 2],
      ["check", "completed", 1],
      ["end", null, 0],
    ]);
  });

  it("counts how often each connection was taken", () => {
    expect(graph.connections.map((connection) => connection.taken)).toEqual([1, 1, 1, 0]);
    expect(graph.connections.map((connection) => connection.live)).toEqual([true, false, true, false]);
    expect(graph.connections.map((connection) => connection.port)).toEqual([null, null, "false", "true"]);
  });
});

describe("withJumps", () => {
  const node = (id: string, target?: string) => ({ id, type: "FLOW_NODE", subtype: target === undefined ? "JOIN" : "GOTO", ...(target !== undefined && { parameters: { target } }) });

  it("draws where a GOTO leads", () => {
    const definition: Definition = { name: "jump", nodes: [node("a"), node("b", "a"), node("c", "nowhere")], connections: [{ from: "a", to: "b" }] };
    expect(withJumps(definition).connections).toEqual([
      { from: "a", to: "b" },
      { from: "b", to: "a" },
    ]);
    expect(graphOf(withJumps(definition), [visit("a", 2, "running"), visit("b", 1, "completed")]).connections.at(-1)).toMatchObject({ taken: 1, live: true });
  });

  it("leaves a definition without jumps as it is", () => {
    expect(withJumps(DEFINITION)).toBe(DEFINITION);
  });
});

describe("layOut", () => {
  it("gives every node a place of its own and every connection a path, even if connections lead back", () => {
    const { nodes, paths } = layOutAlong(DEFINITION, "LR");
    expect(new Set([...nodes.values()].map(({ x, y }) => `${x},${y}`)).size).toBe(4);
    expect(nodes.get("start")?.x).toBeLessThan(nodes.get("end")?.x ?? 0);
    expect([...paths.values()].every((way) => /^M[\d.-]/.test(way.path))).toBe(true);
    expect(paths.size).toBe(4);
  });

  it("leads every forward connection from side to side, however many leave a node", () => {
    const ids = ["a", "b", "c", "d", "e"];
    const fan: Definition = { name: "fan", nodes: ["start", ...ids].map((id) => ({ id, type: "FLOW_NODE", subtype: "JOIN" })), connections: ids.map((to) => ({ from: "start", to })) };
    const { nodes, paths } = layOutAlong(fan, "LR");
    const { x, y } = nodes.get("start") ?? { x: NaN, y: NaN };
    for (const way of paths.values()) expect(way.path.startsWith(`M${x + NODE_WIDTH} ${y + NODE_HEIGHT / 2} `)).toBe(true);
  });

  it("chooses the direction that can be shown larger", () => {
    expect(layOut(DEFINITION, { width: 2_000, height: 500 }).direction).toBe("LR");
    expect(layOut(DEFINITION, { width: 390, height: 480 }).direction).toBe("TB");
  });

  it("works without nodes", () => {
    expect(layOut({ name: "empty", nodes: [], connections: [] }, { width: 100, height: 100 }).nodes.size).toBe(0);
  });
});

it("draws through the middles and ends at the last point", () => {
  expect(smoothPath([{ x: 0, y: 0 }, { x: 10, y: 0 }, { x: 10, y: 10 }, { x: 20, y: 10 }])).toBe("M0 0 Q10 0 10 5 Q10 10 20 10");
  expect(smoothPath([{ x: 0, y: 0 }, { x: 5, y: 5 }])).toBe("M0 0 L5 5");
});
