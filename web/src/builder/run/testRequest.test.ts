import { describe, expect, it } from "vitest";
import type { Definition } from "../definition/types";
import type { NodeRun } from "./nodeRuns";
import { scopeTitle, testBody, type Known } from "./testRequest";

const definition: Definition = {
  name: "flow",
  nodes: ["start", "a", "b"].map((id) => ({ id, type: id === "start" ? "TRIGGER_NODE" : "ACTION_NODE", subtype: "X" })),
  connections: [
    { from: "start", to: "a" },
    { from: "a", to: "b" },
  ],
};

const ran = (fields: Partial<NodeRun> = {}): NodeRun => ({
  executionId: "e",
  assignmentId: "x",
  status: "completed",
  visits: 1,
  attempts: 1,
  took: 1,
  startedAt: "2026-03-01T10:00:00Z",
  endedAt: "2026-03-01T10:00:01Z",
  error: null,
  ports: ["main"],
  isTakenOver: false,
  changeNumber: 1,
  ...fields,
});

const known = (fields: Partial<Known> = {}): Known => ({ workflow: "w", definition, pins: new Map(), execution: null, runs: new Map(), input: { n: 1 }, ...fields });

describe("the request of a test run", () => {
  it("of a node alone takes the outputs of the execution that is shown, and no input", () => {
    const body = testBody({ only: "b" }, known({ execution: "e", runs: new Map([["a", ran()]]) }));
    expect(body).toEqual({ workflow: "w", definition, scope: { only: "b" }, pins: {}, from_execution: "e" });
  });

  it("of a node that nothing is known before gets the last input", () => {
    expect(testBody({ only: "b" }, known())).toMatchObject({ scope: { only: "b" }, input: { n: 1 } });
    const failedBefore = known({ execution: "e", runs: new Map([["a", ran({ status: "running", endedAt: null })]]) });
    expect(testBody({ only: "b" }, failedBefore)).toMatchObject({ from_execution: "e", input: { n: 1 } });
  });

  it("takes a pinned output before the node for its data", () => {
    const body = testBody({ only: "b" }, known({ pins: new Map([["a", { pinned: true }]]) }));
    expect(body.pins).toEqual({ a: { pinned: true } });
    expect(body.input).toBeUndefined();
  });

  it("up to a node begins at the beginning", () => {
    const body = testBody({ until: "b" }, known({ execution: "e", runs: new Map([["a", ran()]]) }));
    expect(body).toEqual({ workflow: "w", definition, scope: { until: "b" }, pins: {}, input: { n: 1 } });
  });

  it("of a definition that was never saved names no workflow", () => {
    expect(testBody(null, known({ workflow: null, input: null }))).toEqual({ definition, pins: {} });
  });

  it("keeps pins of nodes whose ids mean something in JavaScript", () => {
    const body = testBody(null, known({ pins: new Map([["__proto__", { one: 1 }], ["constructor", { two: 2 }]]) }));
    expect(Object.entries(body.pins)).toEqual([
      ["__proto__", { one: 1 }],
      ["constructor", { two: 2 }],
    ]);
    expect(({} as Record<string, unknown>).one).toBeUndefined();
  });
});

describe("the name of a test run", () => {
  it("says which part runs", () => {
    const title = (id: string) => id.toUpperCase();
    expect([null, { only: "a" }, { until: "a" }, { from_node: "a" }].map((scope) => scopeTitle(scope, title))).toEqual(["Test run of the whole workflow", "Test run of A", "Test run up to A", "Test run from A on"]);
  });
});
