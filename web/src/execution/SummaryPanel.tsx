import { Wrench } from "lucide-react";
import { Link } from "react-router";
import type { AssignmentSummary, Execution, Json } from "../api/types";
import type { Definition } from "../builder/definition/types";
import { Button, ButtonLink, CopyButton, fullTime, hasEnded, Moment, Took } from "../design";
import { ErrorCard } from "../errors/ErrorCard";
import { ValueView } from "../value/ValueView";
import styles from "./execution.module.css";
import { Explain } from "./Explain";
import { builderAddress, failureOf } from "./failure";

interface Props {
  readonly execution: Execution;
  readonly definition: Definition | undefined;
  readonly assignments: readonly AssignmentSummary[];
  readonly onSelect: (node: string, assignment?: string) => void;
}

/** The execution as a whole. */
export function SummaryPanel({ execution, definition, assignments, onSelect }: Props) {
  const failure = failureOf(execution, assignments);
  const isEmptyContext = Object.keys(execution.context).length === 0;
  return (
    <div className={styles.stack}>
      {execution.error && (
        <ErrorCard title={failure ? `Failed at ${failure.name || failure.node_id}` : "Why it ended"} error={execution.error}>
          {failure && (
            <>
              <Button small onClick={() => onSelect(failure.node_id, failure.id)}>
                Look at the node
              </Button>
              <ButtonLink small to={builderAddress(execution, failure.node_id)}>
                <Wrench size={13} aria-hidden="true" />
                Fix in the builder
              </ButtonLink>
            </>
          )}
        </ErrorCard>
      )}
      {!hasEnded(execution.status) && <Explain execution={execution} definition={definition} onSelect={onSelect} />}
      <Facts execution={execution} />
      {execution.left_out.length > 0 && (
        <p>
          Too large to be shown here: {execution.left_out.join(", ")}. Its parts are the outputs of the nodes.
        </p>
      )}
      <ValueView plain label="Input" value={execution.input as Json} file={`${execution.id}-input`} />
      {execution.output && <ValueView label="Output" value={execution.output as Json} file={`${execution.id}-output`} />}
      {!isEmptyContext && <ValueView label="Context" value={execution.context as Json} file={`${execution.id}-context`} />}
    </div>
  );
}

function Facts({ execution }: { readonly execution: Execution }) {
  const { id, subject, workflow_id, version, created_at, started_at, ended_at, deadline_at, retried_from, retries, suspended_at, suspended_by } = execution;
  return (
    <dl className={styles.facts}>
      <dt>Id</dt>
      <dd className={styles.copyable}>
        <code title={id}>{id}</code>
        <CopyButton text={id} label="Copy the id" />
      </dd>
      <dt>Workflow</dt>
      <dd>
        <Link to={`/workflows/${workflow_id}?version=${version}`}>
          {execution.workflow}, version {version}
        </Link>
      </dd>
      {subject !== null && (
        <>
          <dt>Subject</dt>
          <dd>{subject}</dd>
        </>
      )}
      <dt>Created</dt>
      <dd title={fullTime(created_at)}>
        {fullTime(created_at)} (<Moment at={created_at} />)
      </dd>
      {started_at !== null && (
        <>
          <dt>{ended_at === null ? "Running for" : "Took"}</dt>
          <dd>
            <Took from={started_at} to={ended_at} />
          </dd>
        </>
      )}
      {deadline_at !== null && ended_at === null && (
        <>
          <dt>Times out</dt>
          <dd>{fullTime(deadline_at)}</dd>
        </>
      )}
      {suspended_at !== null && ended_at === null && (
        <>
          <dt>Suspended</dt>
          <dd>
            by {suspended_by}, <Moment at={suspended_at} />
          </dd>
        </>
      )}
      {retried_from !== null && (
        <>
          <dt>Retried from</dt>
          <dd>
            <Link to={`/executions/${retried_from}`}>
              <code>{retried_from.slice(-8)}</code>
            </Link>
          </dd>
        </>
      )}
      {retries.length > 0 && (
        <>
          <dt>Retried as</dt>
          <dd className={styles.several}>
            {retries.map((retry) => (
              <Link key={retry} to={`/executions/${retry}`}>
                <code>{retry.slice(-8)}</code>
              </Link>
            ))}
          </dd>
        </>
      )}
    </dl>
  );
}
