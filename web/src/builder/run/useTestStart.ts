import { useMutation } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import { ProblemError } from "../../api/problem";
import { useToasts } from "../../design";
import { parseJson } from "../../json/parseJson";
import { isObject, type JsonObject } from "../definition/types";
import { brokenText, definitionOf, useBuilderStore, type BuilderStore } from "../draft/store";
import { chooseRun, lastRunOf } from "./lastRun";
import { pinsOf } from "./pins";
import { keptInputKey } from "./RunDialog";
import { testBody, type TestScope } from "./testRequest";

/** Starts test runs of the draft as it stands, and shows the data of the one that was started. */
export function useTestStart() {
  const store = useBuilderStore();
  const toasts = useToasts();
  return useMutation({
    mutationFn: (scope: TestScope) => answer(api.POST("/api/v1/workflows/test", { body: bodyOf(store, scope) })),
    onSuccess: (started) => chooseRun(store, started.execution_id),
    onError: (error) => toasts.failed("The test run was refused", error instanceof ProblemError && error.invalid.length > 0 ? error.invalid.map((one) => `${one.place}: ${one.message}`).join(" ") : error),
  });
}

function bodyOf(store: BuilderStore, scope: TestScope) {
  const state = store.get();
  const { execution, nodes } = lastRunOf(store);
  return testBody(scope, { workflow: state.base.workflowId, definition: definitionOf(state), pins: pinsOf(store), execution: execution?.id ?? null, runs: nodes, input: keptInput(state.base.workflowId) });
}

/** The input of the last run of this tab. */
function keptInput(workflow: string | null): JsonObject | null {
  try {
    const value = parseJson(sessionStorage.getItem(keptInputKey(workflow)) ?? "{}");
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** Why no test run can be started now; null if one can. */
export function refusalToTest(store: BuilderStore, permitted: string | null): string | null {
  const state = store.get();
  if (permitted !== null) return permitted;
  if (definitionOf(state).nodes.length === 0) return "Add a node first.";
  return brokenText(state) === null ? null : "The text cannot be read. Fix it first.";
}
