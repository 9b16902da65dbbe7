/**
 * The execution whose data the builder shows beside the nodes: the test run that was started last, one that was chosen, or else the latest execution of the
 * workflow. `RunFeed` fills it; whatever shows data reads it from here.
 */

import { useQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { api, exactAnswer } from "../../api/client";
import type { Assignment, ExecutionSummary, Json } from "../../api/types";
import type { NodeId } from "../definition/types";
import { useBuilderStore, type BuilderStore } from "../draft/store";
import type { NodeRun } from "./nodeRuns";

export type { NodeRun } from "./nodeRuns";

export interface LastRun {
  /** The execution that was chosen or started here; null: the latest of the workflow. */
  readonly chosen: string | null;
  /** The execution that is shown, as it moves; null: there is none. */
  readonly execution: ExecutionSummary | null;
  readonly nodes: ReadonlyMap<NodeId, NodeRun>;
  readonly isLoading: boolean;
  readonly error: unknown;
}

const NOTHING: LastRun = { chosen: null, execution: null, nodes: new Map(), isLoading: true, error: null };

interface RunStore {
  now: LastRun;
  readonly listeners: Set<() => void>;
}

/** One for each open builder. */
const stores = new WeakMap<BuilderStore, RunStore>();

function storeOf(builder: BuilderStore): RunStore {
  const known = stores.get(builder);
  if (known) return known;
  const made: RunStore = { now: NOTHING, listeners: new Set() };
  stores.set(builder, made);
  return made;
}

/** Called by `RunFeed` with what it has received. */
export function setLastRun(builder: BuilderStore, change: Partial<LastRun>): void {
  const store = storeOf(builder);
  store.now = { ...store.now, ...change };
  for (const listener of store.listeners) listener();
}

/** Shows the data of another execution; null: of the latest. */
export function chooseRun(builder: BuilderStore, execution: string | null): void {
  if (storeOf(builder).now.chosen !== execution) setLastRun(builder, { ...NOTHING, chosen: execution });
}

export const lastRunOf = (builder: BuilderStore): LastRun => storeOf(builder).now;

/** Selects a part of the run. It must return the same object while nothing about it changes. */
function useRun<T>(select: (run: LastRun) => T): T {
  const store = storeOf(useBuilderStore());
  const subscribe = (listener: () => void) => {
    store.listeners.add(listener);
    return () => store.listeners.delete(listener);
  };
  return useSyncExternalStore(subscribe, () => select(store.now));
}

/** The execution that was chosen; null: the latest. */
export function useChosenRun(): string | null {
  return useRun((run) => run.chosen);
}

export function useLastRun(): LastRun {
  return useRun((run) => run);
}

/** What happened at one node; undefined if the execution did not come there. */
export function useNodeRun(node: NodeId | null): NodeRun | undefined {
  return useRun((run) => (node === null ? undefined : run.nodes.get(node)));
}

/** Input and output of one node in that execution. Both are undefined until they are loaded, and null where there is none. */
export interface NodeData {
  readonly run: NodeRun | undefined;
  readonly input: Json | undefined;
  readonly output: Json | undefined;
  readonly isLoading: boolean;
  readonly error: unknown;
}

export function useNodeData(node: NodeId | null): NodeData {
  const run = useNodeRun(node);
  const details = useQuery({
    queryKey: ["execution", run?.executionId, "assignment", run?.assignmentId, run?.changeNumber],
    enabled: run !== undefined,
    staleTime: Infinity,
    queryFn: ({ signal }) => readVisit(run?.executionId ?? "", run?.assignmentId ?? "", signal),
  });
  const { data } = details;
  return { run, input: data && ((data.input ?? null) as Json), output: data && ((data.output ?? null) as Json), isLoading: details.isLoading, error: details.error };
}

export function readVisit(execution: string, assignment: string, signal?: AbortSignal): Promise<Assignment> {
  const path = { execution_id: execution, assignment_id: assignment };
  return exactAnswer<Assignment>(api.GET("/api/v1/executions/{execution_id}/assignments/{assignment_id}", { params: { path }, parseAs: "text", ...(signal && { signal }) }));
}
