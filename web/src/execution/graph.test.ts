import { describe, expect, it } from "vitest";
import type { AssignmentSummary } from "../api/types";
import type { Definition } from "../builder/definition/types";
import { graphOf, linesOf } from "./graph";

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
    expect(graph.connections.map((connection) => connection.line.port)).toEqual(["main", "main", "false", "true"]);
  });
});

describe("the jump of a GOTO", () => {
  const node = (id: string, target?: string) => ({ id, type: "FLOW_NODE", subtype: target === undefined ? "JOIN" : "GOTO", ...(target !== undefined && { parameters: { target } }) });

  it("is drawn as a line to its target, and counted", () => {
    const definition: Definition = { name: "jump", nodes: [node("a"), node("b", "a"), node("c", "nowhere")], connections: [{ from: "a", to: "b" }] };
    expect(linesOf(definition).map(({ from, to, type }) => [from, to, type])).toEqual([
      ["a", "b", "MAIN"],
      ["b", "a", "GOTO"],
    ]);
    expect(graphOf(definition, [visit("a", 2, "running"), visit("b", 1, "completed")]).connections.at(-1)).toMatchObject({ taken: 1, live: true });
  });
});
