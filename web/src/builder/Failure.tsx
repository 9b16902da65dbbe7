import { useMutation, useQuery } from "@tanstack/react-query";
import { OctagonX, RotateCcw } from "lucide-react";
import { useMemo } from "react";
import { Link, useNavigate } from "react-router";
import { assignmentsOf } from "../api/assignments";
import { answer, api, exactAnswer } from "../api/client";
import type { Assignment, AssignmentSummary, Execution, Json } from "../api/types";
import { Button, JsonView, useToasts } from "../design";
import { ErrorFacts } from "../errors/ErrorFacts";
import { useRefusal } from "../session/session";
import type { NodeOutcome } from "./canvas/flow";
import type { NodeId } from "./definition/types";
import { isChanged, useBuilder } from "./draft/store";
import styles from "./builder.module.css";

/** The execution that the builder was opened from. */
export function useFailedExecution(id: string | null) {
  return useQuery({
    queryKey: ["execution", id, "in the builder"],
    enabled: id !== null,
    queryFn: () => exactAnswer<Execution>(api.GET("/api/v1/executions/{execution_id}", { params: { path: { execution_id: id ?? "" }, query: { run_data: false } }, parseAs: "text" })),
  });
}

/** The latest visit of each node in it. */
function useLatestVisits(id: string | undefined): ReadonlyMap<NodeId, AssignmentSummary> {
  const visits = useQuery({
    queryKey: ["execution", id, "visits in the builder"],
    enabled: id !== undefined,
    queryFn: ({ signal }) => assignmentsOf(id ?? "", 0, signal),
  });
  return useMemo(() => {
    const latest = new Map<NodeId, AssignmentSummary>();
    for (const visit of visits.data ?? []) if (visit.visit >= (latest.get(visit.node_id)?.visit ?? 0)) latest.set(visit.node_id, visit);
    return latest;
  }, [visits.data]);
}

/** Returns the status of the latest visit of each node in that execution. */
export function useOutcomes(execution: Execution | undefined): ReadonlyMap<NodeId, NodeOutcome> {
  const latest = useLatestVisits(execution?.id);
  return useMemo(() => {
    const outcomes = new Map<NodeId, NodeOutcome>();
    for (const [node, { status }] of latest) if (status === "failed" || status === "completed") outcomes.set(node, status);
    return outcomes;
  }, [latest]);
}

/** Above the canvas: the failed execution, and a button that retries it from where it failed once the fix is saved. */
export function FixBar({ execution, failedNode, onSave }: { readonly execution: Execution; readonly failedNode: NodeId | null; readonly onSave: () => void }) {
  const navigate = useNavigate();
  const toasts = useToasts();
  const refusal = useRefusal("executions.change");
  const version = useBuilder((state) => state.base.version);
  const changed = useBuilder(isChanged);
  const isNewer = version !== null && version !== execution.version;
  const retry = useMutation({
    mutationFn: () => answer(api.POST("/api/v1/executions/{execution_id}/retry", { params: { path: { execution_id: execution.id } }, body: { newest: true } })),
    onSuccess: (made) => void navigate(`/executions/${made.execution_id}`),
    onError: (error) => toasts.failed("The retry was refused", error),
  });
  return (
    <section className={styles.fixing} aria-label="Failed execution">
      <OctagonX size={16} aria-hidden="true" />
      <p>
        <Link to={`/executions/${execution.id}`}>An execution</Link> on version {execution.version} {execution.status.replace("_", " ")}
        {failedNode !== null && (
          <>
            {" "}
            at <b>{failedNode}</b>
          </>
        )}
        {execution.error?.message ? `: ${execution.error.message}` : "."}
      </p>
      {changed ? (
        <Button small look="primary" onClick={onSave}>
          Publish, then retry
        </Button>
      ) : (
        <Button small look={isNewer ? "primary" : "plain"} busy={retry.isPending} blocked={refusal} onClick={() => retry.mutate()}>
          <RotateCcw size={13} aria-hidden="true" />
          {isNewer ? `Retry from the failed node on version ${version}` : "Retry without a change"}
        </Button>
      )}
    </section>
  );
}

/** In the inspector: why this node failed, and its input. */
export function NodeFailure({ execution, node }: { readonly execution: Execution; readonly node: NodeId }) {
  const visit = useLatestVisits(execution.id).get(node);
  const details = useQuery({
    queryKey: ["execution", execution.id, "assignment", visit?.id, visit?.change_number],
    enabled: visit !== undefined,
    queryFn: ({ signal }) =>
      exactAnswer<Assignment>(
        api.GET("/api/v1/executions/{execution_id}/assignments/{assignment_id}", { params: { path: { execution_id: execution.id, assignment_id: visit?.id ?? "" } }, parseAs: "text", signal }),
      ),
  });
  if (!visit) return null;
  return (
    <section className={styles.failure} aria-label="What happened here">
      {visit.error && (
        <>
          <h3>
            <OctagonX size={14} aria-hidden="true" /> Failed{visit.attempt > 1 ? ` after ${visit.attempt} attempts` : ""}
            {visit.error.code && <code>{visit.error.code}</code>}
          </h3>
          <ErrorFacts error={visit.error} />
        </>
      )}
      {details.data?.input && (
        <details>
          <summary>Input of that visit</summary>
          <JsonView value={details.data.input as Json} label="Input" height={180} />
        </details>
      )}
    </section>
  );
}
