import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import type { Execution } from "../api/types";
import { findNode, titleOf, type Definition } from "../builder/definition/types";
import { Card, ErrorPanel, Hint, Skeleton, StatusSign, Until, withReadableTimes, type Status } from "../design";
import styles from "./execution.module.css";

/** Shows for everything that is open why it is open, what to do about it, and when it goes on by itself. */
export function Explain({ execution, definition, onSelect }: { readonly execution: Execution; readonly definition: Definition | undefined; readonly onSelect: (node: string, assignment?: string) => void }) {
  const explained = useQuery({
    queryKey: ["execution", execution.id, "explain"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/executions/{execution_id}/explain", { params: { path: { execution_id: execution.id } }, signal })),
    refetchInterval: 3_000,
  });
  const moves = explained.data ? explained.data.reasons.some(({ reason }) => reason === "running") : execution.status === "running";
  return (
    <Card title={moves ? "What it is doing" : "Why is it not moving?"} flush>
      {explained.data ? (
        <ul className={styles.reasons}>
          {explained.data.reasons.map((reason) => {
            const { node_id, assignment_id } = reason;
            const node = node_id !== null && definition ? findNode(definition, node_id) : undefined;
            return (
              <li key={`${assignment_id ?? ""}${reason.reason}`}>
                <StatusSign status={reason.status as Status} />
                <div>
                  {node_id !== null && (
                    <button type="button" className={styles.link} onClick={() => onSelect(node_id, assignment_id ?? undefined)}>
                      {node ? titleOf(node) : node_id}
                    </button>
                  )}
                  <p>{withReadableTimes(reason.message)}</p>
                  {reason.hint && <Hint>{reason.hint}</Hint>}
                  {reason.until !== null && (
                    <small>
                      Goes on by itself <Until at={reason.until} />
                    </small>
                  )}
                </div>
              </li>
            );
          })}
          {explained.data.reasons.length === 0 && <li>Nothing holds it up.</li>}
          {explained.data.truncated && <li>More is open; these are the oldest.</li>}
        </ul>
      ) : explained.error ? (
        <ErrorPanel error={explained.error} onRetry={() => void explained.refetch()} />
      ) : (
        <Skeleton rows={2} label="Looking" />
      )}
    </Card>
  );
}
