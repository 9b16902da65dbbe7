import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { answer, api } from "../api/client";
import type { Execution } from "../api/types";
import { titleOf, type Definition } from "../builder/definition/types";
import { ConfirmDialog, ErrorPanel, Select, useToasts } from "../design";

interface Props {
  readonly execution: Execution;
  readonly definition: Definition | undefined;
  /** The node to begin from, if it is chosen already. */
  readonly node: string | null;
  readonly onClose: () => void;
}

const FROM_FAILURE = "";

/** Starts a new execution that takes over what completed and runs the rest again. */
export function RetryDialog({ execution, definition, node, onClose }: Props) {
  const completed = execution.status === "completed";
  const [from, setFrom] = useState(node ?? (completed ? (definition?.nodes[0]?.id ?? FROM_FAILURE) : FROM_FAILURE));
  const [newest, setNewest] = useState<boolean | null>(null);
  // One key for each dialog, so that a request that is sent twice makes one execution.
  const [key] = useState(() => globalThis.crypto.getRandomValues(new Uint32Array(4)).join("-"));
  const navigate = useNavigate();
  const client = useQueryClient();
  const toasts = useToasts();
  const workflow = useQuery({
    queryKey: ["workflows", execution.workflow_id, "current"],
    staleTime: 0,
    queryFn: ({ signal }) => answer(api.GET("/api/v1/workflows/{workflow}", { params: { path: { workflow: execution.workflow_id } }, signal })),
  });
  const current = workflow.data?.current_version;
  const isNewer = current !== undefined && execution.version !== null && current !== execution.version;
  const useNewest = newest ?? isNewer;
  const retry = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/executions/{execution_id}/retry", {
          params: { path: { execution_id: execution.id } },
          body: { from_node: from === FROM_FAILURE ? null : from, newest: useNewest, idempotency_key: `web-${key}` },
        }),
      ),
    onSuccess: async ({ execution_id }) => {
      onClose();
      toasts.succeeded("Retried", `As execution ${execution_id.slice(-8)}.`);
      await client.invalidateQueries({ queryKey: ["execution", execution.id], exact: true });
      await navigate(`/executions/${execution_id}`);
    },
  });
  return (
    <ConfirmDialog open onClose={onClose} title="Retry" action="Retry" busy={retry.isPending} onSubmit={() => retry.mutate()}>
      <p>A new execution takes over what completed before, and does the rest again.</p>
      <Select label="From" value={from} onChange={(event) => setFrom(event.target.value)}>
        {!completed && <option value={FROM_FAILURE}>{execution.status === "failed" ? "What failed" : "What had not completed"}</option>}
        {definition?.nodes.map((item) => (
          <option key={item.id} value={item.id}>
            {titleOf(item)}
          </option>
        ))}
      </Select>
      <Select
        label="Version"
        value={useNewest ? "newest" : "own"}
        onChange={(event) => setNewest(event.target.value === "newest")}
        help={isNewer ? `The workflow has changed since: it is at version ${current} now.` : "The workflow has not changed since."}
      >
        <option value="own">{execution.version === null ? "What was tested" : `Its own (version ${execution.version})`}</option>
        {isNewer && <option value="newest">The newest (version {current})</option>}
      </Select>
      {retry.error && <ErrorPanel error={retry.error} />}
    </ConfirmDialog>
  );
}
