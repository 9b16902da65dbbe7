import { describe, expect, it } from "vitest";
import type { AssignmentSummary } from "../api/types";
import type { Definition } from "../builder/definition/types";
import { graphOf, placesOf } from "./graph";

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

  it("shows the latest visit of each node, and what was not reached", () => {
    expect(graph.nodes.map((node) => [node.id, node.status, node.visits])).toEqual([
      ["start", "completed", 1],
      ["work", "running", 2],
      ["check", "completed", 1],
      ["end", null, 0],
    ]);
  });

  it("counts how often each connection was gone through", () => {
    expect(graph.connections.map((connection) => connection.taken)).toEqual([1, 1, 1, 0]);
    expect(graph.connections.map((connection) => connection.live)).toEqual([true, false, true, false]);
    expect(graph.connections.map((connection) => connection.port)).toEqual([null, null, "false", "true"]);
  });
});

it("gives every node a place of its own, also where connections lead back", () => {
  const places = placesOf(DEFINITION, "LR");
  expect(new Set([...places.values()].map(({ x, y }) => `${x},${y}`)).size).toBe(4);
  expect(places.get("start")?.x).toBeLessThan(places.get("end")?.x ?? 0);
});
