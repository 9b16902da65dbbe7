import { ExternalLink, RotateCcw, Square, X } from "lucide-react";
import { useMutation } from "@tanstack/react-query";
import { Link } from "react-router";
import { answer, api } from "../../api/client";
import { hasEnded, IconButton, StatusBadge, Took, useToasts } from "../../design";
import { findNode, titleOf } from "../definition/types";
import { definitionOf, useBuilder, useBuilderStore } from "../draft/store";
import { chooseRun, useLastRun } from "./lastRun";
import { scopeTitle, type TestScope } from "./testRequest";
import styles from "./run.module.css";

interface TestBarProps {
  readonly scope: TestScope;
  readonly isStarting: boolean;
  readonly onAgain: () => void;
}

/** How the test run stands that was started last: at the lower edge of the canvas. */
export function TestBar({ scope, isStarting, onAgain }: TestBarProps) {
  const store = useBuilderStore();
  const toasts = useToasts();
  const definition = useBuilder(definitionOf);
  const { execution, chosen } = useLastRun();
  const cancel = useMutation({
    mutationFn: (id: string) => answer(api.POST("/api/v1/executions/{execution_id}/cancel", { params: { path: { execution_id: id } }, body: {} })),
    onError: (error) => toasts.failed("The test run was not stopped", error),
  });
  if (!isStarting && (chosen === null || execution?.is_test !== true)) return null;
  const title = scopeTitle(scope, (id) => {
    const node = findNode(definition, id);
    return node ? titleOf(node) : id;
  });
  return (
    <section className={styles.bar} aria-label="Test run">
      <b>{title}</b>
      {isStarting || !execution ? (
        <span role="status">Starting…</span>
      ) : (
        <>
          <StatusBadge status={execution.status} />
          {execution.started_at && <Took from={execution.started_at} to={execution.ended_at} />}
          {execution.error && <span className={styles.error}>{execution.error.message}</span>}
          <Link to={`/executions/${execution.id}`} title="Open the execution" aria-label="Open the execution">
            <ExternalLink size={14} aria-hidden="true" />
          </Link>
          {hasEnded(execution.status) ? (
            <>
              <IconButton small label="Run it again" onClick={onAgain}>
                <RotateCcw size={14} />
              </IconButton>
              <IconButton small label="Show the latest execution in place of the test run" onClick={() => chooseRun(store, null)}>
                <X size={14} />
              </IconButton>
            </>
          ) : (
            <IconButton small label="Stop the test run" onClick={() => cancel.mutate(execution.id)}>
              <Square size={13} />
            </IconButton>
          )}
        </>
      )}
    </section>
  );
}
