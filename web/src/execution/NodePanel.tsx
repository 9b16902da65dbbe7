import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { Ban, ChevronLeft, RotateCcw, Wrench, X } from "lucide-react";
import { useState } from "react";
import { answer, api, exactAnswer } from "../api/client";
import type { Assignment, AssignmentSummary, Attempt, Execution, Json } from "../api/types";
import { findNode, titleOf, type Definition } from "../builder/definition/types";
import { between, Button, ButtonLink, ConfirmDialog, cx, duration, EmptyState, ErrorPanel, Field, fullTime, hasEnded, IconButton, Moment, Skeleton, StatusBadge, StatusSign, Tag, Took, Until, useToasts } from "../design";
import { ErrorCard } from "../errors/ErrorCard";
import { useRefusal } from "../session/session";
import { ValueView } from "../value/ValueView";
import styles from "./execution.module.css";
import { builderAddress } from "./failure";
import { visitsByNode } from "./graph";
import { RetryDialog } from "./RetryDialog";

interface Props {
  readonly execution: Execution;
  readonly definition: Definition | undefined;
  readonly assignments: readonly AssignmentSummary[];
  readonly node: string;
  readonly assignment: string | null;
  readonly onVisit: (assignment: string) => void;
  readonly onClose: () => void;
}

/** One node: its visits, and the status, input and output of the chosen one. */
export function NodePanel({ execution, definition, assignments, node, assignment, onVisit, onClose }: Props) {
  const visits = visitsByNode(assignments).get(node) ?? [];
  const visit = visits.find((item) => item.id === assignment) ?? visits.at(-1);
  const drawn = definition && findNode(definition, node);
  return (
    <div className={styles.stack}>
      <header className={styles.nodeHead}>
        <IconButton small label="Back to the execution" onClick={onClose}>
          <ChevronLeft size={16} />
        </IconButton>
        <div>
          <h2>{drawn ? titleOf(drawn) : (visit?.name ?? node)}</h2>
          <small>
            <code>{node}</code>
            {drawn && ` · ${drawn.subtype.toLowerCase().replaceAll("_", " ")}`}
          </small>
        </div>
        <IconButton small label="Close the panel" onClick={onClose}>
          <X size={15} />
        </IconButton>
      </header>
      {visits.length > 1 && <Visits visits={visits} chosen={visit} onVisit={onVisit} />}
      {visit ? (
        <Visit key={visit.id} execution={execution} definition={definition} visit={visit} />
      ) : (
        <EmptyState icon={RotateCcw} title="Not reached">
          {hasEnded(execution.status) ? "The execution ended without a visit of this node." : "The execution has not come here yet."}
        </EmptyState>
      )}
    </div>
  );
}

function Visits({ visits, chosen, onVisit }: { readonly visits: readonly AssignmentSummary[]; readonly chosen: AssignmentSummary | undefined; readonly onVisit: (assignment: string) => void }) {
  return (
    <div className={styles.visits} role="group" aria-label={`${visits.length} visits`}>
      {visits.slice(-200).map((item) => (
        <button key={item.id} type="button" className={cx(styles.visit, item === chosen && styles.on)} aria-pressed={item === chosen} aria-label={`Visit ${item.visit}, ${item.status}`} onClick={() => onVisit(item.id)}>
          <StatusSign status={item.status} size={12} />
          {item.visit}
        </button>
      ))}
    </div>
  );
}

function Visit({ execution, definition, visit }: { readonly execution: Execution; readonly definition: Definition | undefined; readonly visit: AssignmentSummary }) {
  const details = useQuery({
    // A change of the visit loads it again; until then the old data stays.
    queryKey: ["execution", execution.id, "assignment", visit.id, visit.change_number],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => exactAnswer<Assignment>(api.GET("/api/v1/executions/{execution_id}/assignments/{assignment_id}", { params: { path: { execution_id: execution.id, assignment_id: visit.id } }, parseAs: "text", signal })),
  });
  return (
    <>
      <VisitFacts visit={visit} />
      {visit.error && (
        <ErrorCard title={visit.status === "failed" ? "Why it failed" : "Last error"} error={visit.error}>
          {visit.status === "failed" && (
            <ButtonLink small to={builderAddress(execution, visit.node_id)}>
              <Wrench size={13} aria-hidden="true" />
              Fix in the builder
            </ButtonLink>
          )}
        </ErrorCard>
      )}
      <NodeActions execution={execution} definition={definition} visit={visit} />
      {details.error && <ErrorPanel error={details.error} onRetry={() => void details.refetch()} />}
      {details.isPending && <Skeleton rows={5} label="Loading the visit" />}
      {details.data && <VisitData assignment={details.data} execution={execution} />}
    </>
  );
}

function VisitFacts({ visit }: { readonly visit: AssignmentSummary }) {
  const waited = visit.started_at === null ? 0 : between(visit.created_at, visit.started_at, 0);
  return (
    <dl className={styles.facts}>
      <dt>Status</dt>
      <dd>
        <StatusBadge status={visit.status} suspended={visit.suspended} />
      </dd>
      <dt>Attempt</dt>
      <dd>
        {visit.attempt}
        {visit.loss_count > 0 && `, lost ${visit.loss_count === 1 ? "once" : `${visit.loss_count} times`}`}
      </dd>
      {visit.started_at !== null && (
        <>
          <dt>{visit.ended_at === null ? "Running for" : "Took"}</dt>
          <dd title={fullTime(visit.started_at)}>
            <Took from={visit.started_at} to={visit.ended_at} />
            {waited >= 1 && <span className={styles.faint}> after {duration(waited)} in the queue</span>}
          </dd>
        </>
      )}
      {visit.wait_for !== null && (
        <>
          <dt>Waits for</dt>
          <dd>{visit.wait_for}</dd>
        </>
      )}
      {visit.due_at !== null && visit.ended_at === null && (
        <>
          <dt>{visit.status === "running" ? "Times out" : "Due"}</dt>
          <dd>
            <Until at={visit.due_at} />
          </dd>
        </>
      )}
      {visit.actor !== null && (
        <>
          <dt>Actor</dt>
          <dd>{visit.actor}</dd>
        </>
      )}
      {visit.queue !== null && (
        <>
          <dt>Queue</dt>
          <dd>{visit.queue}</dd>
        </>
      )}
      {hasLeft(visit) && (
        <>
          <dt>Left through</dt>
          <dd className={styles.several}>
            {visit.ports.map((port) => (
              <Tag key={port}>{port}</Tag>
            ))}
          </dd>
        </>
      )}
    </dl>
  );
}

/** A visit that ended without completing has left only if an error policy says through which port. */
function hasLeft({ status, ports }: AssignmentSummary): boolean {
  return status === "completed" ? ports.length > 0 : hasEnded(status) && ports.some((port) => port !== "main");
}

function VisitData({ assignment, execution }: { readonly assignment: Assignment; readonly execution: Execution }) {
  const file = `${execution.id}-${assignment.node_id}-${assignment.visit}`;
  return (
    <>
      {assignment.attempts.length > 0 && <Attempts attempts={assignment.attempts} />}
      {assignment.output && <ValueView label="Output" value={assignment.output as Json} file={`${file}-output`} />}
      {assignment.input && <ValueView plain label="Input" value={assignment.input as Json} file={`${file}-input`} />}
    </>
  );
}

/** The attempts that did not succeed. */
function Attempts({ attempts }: { readonly attempts: readonly Attempt[] }) {
  return (
    <section className={styles.attempts} aria-label="Attempts that did not succeed">
      <h2>Attempts that did not succeed</h2>
      <ol>
        {attempts.map((attempt) => (
          <li key={`${attempt.attempt}-${attempt.loss_count}`}>
            <span>
              <strong>{attempt.attempt}</strong> {attempt.outcome.replace("_", " ")}
              <span className={styles.faint}>
                {attempt.started_at !== null && ` after ${duration(between(attempt.started_at, attempt.ended_at, 0))}`}
                {attempt.worker && ` on ${attempt.worker}`}
              </span>
            </span>
            <span className={styles.faint}>
              <Moment at={attempt.ended_at} />
            </span>
            {attempt.error && (
              <p>
                {attempt.error.message} {attempt.error.code && <code>{attempt.error.code}</code>}
              </p>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

function NodeActions({ execution, definition, visit }: { readonly execution: Execution; readonly definition: Definition | undefined; readonly visit: AssignmentSummary }) {
  const refusal = useRefusal("executions.change");
  const [asking, setAsking] = useState<"retry" | "cancel" | null>(null);
  const [reason, setReason] = useState("");
  const toasts = useToasts();
  const cancel = useMutation({
    mutationFn: () => answer(api.POST("/api/v1/executions/{execution_id}/assignments/{assignment_id}/cancel", { params: { path: { execution_id: execution.id, assignment_id: visit.id } }, body: { reason } })),
    onSuccess: ({ changed }) => {
      setAsking(null);
      toasts.succeeded(changed ? "Visit cancelled" : "It had ended already");
    },
  });
  const ended = hasEnded(execution.status);
  return (
    <div className={styles.buttons}>
      {ended && (
        <Button small blocked={refusal} onClick={() => setAsking("retry")}>
          <RotateCcw size={13} aria-hidden="true" />
          Retry from here
        </Button>
      )}
      {!ended && visit.ended_at === null && (
        <Button small blocked={refusal} onClick={() => setAsking("cancel")}>
          <Ban size={13} aria-hidden="true" />
          Cancel this visit
        </Button>
      )}
      {asking === "retry" && <RetryDialog execution={execution} definition={definition} node={visit.node_id} onClose={() => setAsking(null)} />}
      <ConfirmDialog open={asking === "cancel"} onClose={() => setAsking(null)} title="Cancel this visit?" action="Cancel the visit" danger busy={cancel.isPending} onSubmit={() => cancel.mutate()}>
        <p>The execution goes on as the node’s error policy says.</p>
        <Field label="Reason" value={reason} onChange={(event) => setReason(event.target.value)} help="Kept in the history." />
        {cancel.error && <ErrorPanel error={cancel.error} />}
      </ConfirmDialog>
    </div>
  );
}
