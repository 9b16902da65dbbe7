import { describe, expect, it } from "vitest";
import type { AssignmentSummary } from "../api/types";
import type { Definition } from "../builder/definition/types";
import { testTypes } from "../builder/definition/catalog.fixture";
import { moveNodes } from "../builder/definition/commands/moveNodes";
import { Picture, sceneOf } from "./picture";

const DEFINITION: Definition = {
  name: "row",
  nodes: ["start", "work", "end"].map((id) => ({ id, type: "ACTION_NODE", subtype: "TRANSFORM" })),
  connections: [
    { from: "start", to: "work" },
    { from: "work", to: "end" },
  ],
};
const SCENE = sceneOf(DEFINITION, testTypes);
const visit = (node_id: string, status: AssignmentSummary["status"]) => ({ id: node_id, node_id, visit: 1, attempt: 1, status, ports: status === "completed" ? ["main"] : [], suspended: false, error: null }) as unknown as AssignmentSummary;
const changed = <Item extends { readonly id: string }>(before: readonly Item[], after: readonly Item[]) => after.filter((item, index) => item !== before[index]).map(({ id }) => id);

describe("Picture", () => {
  it("makes only the objects new that an event is about", () => {
    const picture = new Picture();
    const before = picture.of(DEFINITION, [visit("start", "completed"), visit("work", "running")], SCENE, null);
    const after = picture.of(DEFINITION, [visit("start", "completed"), visit("work", "completed"), visit("end", "running")], SCENE, null);
    expect(changed(before.nodes, after.nodes)).toEqual(["work", "end"]);
    expect(after.nodes.map(({ data }) => data.node.status)).toEqual(["completed", "completed", "running"]);
    expect(after.connections.map(({ taken, live }) => [taken, live])).toEqual([
      [1, false],
      [1, true],
    ]);
  });

  it("is the same as before if nothing changed", () => {
    const picture = new Picture();
    const of = () => picture.of(DEFINITION, [visit("start", "completed")], SCENE, null);
    const before = of();
    const after = of();
    expect(after.nodes).toBe(before.nodes);
    expect(after.connections).toBe(before.connections);
  });

  it("makes new objects for nodes that are selected or moved", () => {
    const picture = new Picture();
    const before = picture.of(DEFINITION, [], SCENE, "start");
    const selected = picture.of(DEFINITION, [], SCENE, "end");
    expect(changed(before.nodes, selected.nodes)).toEqual(["start", "end"]);
    const moved = picture.of(DEFINITION, [], sceneOf(moveNodes(DEFINITION, new Map(DEFINITION.nodes.map(({ id }, row) => [id, { x: 0, y: 100 * row }]))), testTypes), "end");
    expect(changed(selected.nodes, moved.nodes)).toEqual(["start", "work", "end"]);
  });
});
