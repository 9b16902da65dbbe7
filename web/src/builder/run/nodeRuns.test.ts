import { describe, expect, it } from "vitest";
import type { AssignmentSummary } from "../../api/types";
import { nodeRunsOf } from "./nodeRuns";

const CREATED = "2026-03-01T10:00:00Z";

const visitOf = (node: string, fields: Partial<AssignmentSummary> = {}): AssignmentSummary => ({
  id: `${node}-${fields.visit ?? 1}`,
  node_id: node,
  name: node,
  type: "ACTION_NODE",
  subtype: "HTTP_REQUEST",
  visit: 1,
  attempt: 1,
  loss_count: 0,
  status: "completed",
  suspended: false,
  actor: null,
  queue: null,
  wait_for: null,
  due_at: null,
  ports: ["main"],
  error: null,
  previous_assignment_id: null,
  created_at: CREATED,
  started_at: "2026-03-01T10:00:01Z",
  ended_at: "2026-03-01T10:00:03.500Z",
  change_number: 7,
  ...fields,
});

describe("what happened at the nodes", () => {
  it("is the latest visit of each, with its duration and the number of visits", () => {
    const runs = nodeRunsOf("e", CREATED, [visitOf("a", { visit: 2, status: "failed", attempt: 3 }), visitOf("a"), visitOf("b", { started_at: null, ended_at: null, status: "pending" })]);
    expect(runs.get("a")).toMatchObject({ assignmentId: "a-2", status: "failed", visits: 2, attempts: 3, took: 2_500, isTakenOver: false });
    expect(runs.get("b")).toMatchObject({ status: "pending", took: null, visits: 1 });
    expect(runs.get("c")).toBeUndefined();
  });

  it("says which outputs were taken over: they ended before the execution was created", () => {
    const runs = nodeRunsOf("e", CREATED, [visitOf("a", { started_at: "2026-03-01T09:00:00Z", ended_at: "2026-03-01T09:59:59Z" })]);
    expect(runs.get("a")?.isTakenOver).toBe(true);
  });

  it("takes ids that mean something in JavaScript", () => {
    const runs = nodeRunsOf("e", CREATED, ["constructor", "__proto__", "toString"].map((id) => visitOf(id)));
    expect([...runs.keys()]).toEqual(["constructor", "__proto__", "toString"]);
    expect(nodeRunsOf("e", CREATED, []).get("constructor")).toBeUndefined();
  });
});
