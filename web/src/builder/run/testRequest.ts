/** What a test run is asked to do: pure, without React. */

import { portOf, typeOf, type Definition, type Json, type JsonObject, type NodeId } from "../definition/types";
import type { NodeRun } from "./nodeRuns";
import type { Pins } from "./pins";

export type TestScope = { readonly only: NodeId } | { readonly until: NodeId } | { readonly from_node: NodeId } | null;

export interface TestBody {
  readonly workflow?: string;
  readonly definition: Definition;
  readonly scope?: NonNullable<TestScope>;
  readonly pins: JsonObject;
  readonly from_execution?: string;
  readonly input?: JsonObject;
}

/** What the builder knows when a test run is asked for. */
export interface Known {
  readonly workflow: string | null;
  readonly definition: Definition;
  readonly pins: Pins;
  /** The execution whose data is shown, and what happened in it. */
  readonly execution: string | null;
  readonly runs: ReadonlyMap<NodeId, NodeRun>;
  /** The input of the last run. */
  readonly input: JsonObject | null;
}

/**
 * Returns the request of a test run. What runs alone or goes on takes the outputs of the execution that is shown; a run from the beginning gets the
 * last input. A node that nothing is known before gets it, too.
 */
export function testBody(scope: TestScope, known: Known): TestBody {
  const pins = Object.fromEntries(known.pins) as Record<string, Json>;
  const goesOn = scope !== null && !("until" in scope);
  const takes = goesOn && known.execution !== null && known.runs.size > 0;
  const hasData = goesOn && isFed("only" in scope ? scope.only : scope.from_node, known, takes);
  return {
    ...(known.workflow === null ? {} : { workflow: known.workflow }),
    definition: known.definition,
    ...(scope === null ? {} : { scope }),
    pins,
    ...(takes ? { from_execution: known.execution } : {}),
    ...(hasData || known.input === null ? {} : { input: known.input }),
  };
}

/** Whether an output leads to the node that is there before it runs. */
function isFed(node: NodeId, { definition, pins, runs }: Known, takes: boolean): boolean {
  return definition.connections.some((connection) => {
    if (connection.to !== node || typeOf(connection) !== "MAIN") return false;
    const run = takes ? runs.get(connection.from) : undefined;
    return pins.has(connection.from) || (run !== undefined && run.endedAt !== null && run.ports.includes(portOf(connection)));
  });
}

/** Returns what a scope is called: `Run up to Work`. */
export function scopeTitle(scope: TestScope, titleOf: (node: NodeId) => string): string {
  if (scope === null) return "Test run of the whole workflow";
  if ("only" in scope) return `Test run of ${titleOf(scope.only)}`;
  return "until" in scope ? `Test run up to ${titleOf(scope.until)}` : `Test run from ${titleOf(scope.from_node)} on`;
}
