import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Ban, Copy, Ellipsis, Pause, Play, RotateCcw, Terminal, Wrench } from "lucide-react";
import { useState } from "react";
import { answer, api } from "../api/client";
import type { AssignmentSummary, Execution } from "../api/types";
import type { Definition } from "../builder/definition/types";
import { Button, ConfirmDialog, copyText, ErrorPanel, Field, hasEnded, IconButton, Menu, MenuItem, MenuLink, MenuSeparator, useToasts } from "../design";
import { useRefusal } from "../session/session";
import styles from "./execution.module.css";
import { builderAddress, failureOf } from "./failure";
import { RetryDialog } from "./RetryDialog";
import { executionKey } from "./useFeed";

interface Props {
  readonly execution: Execution;
  readonly definition: Definition | undefined;
  readonly assignments: readonly AssignmentSummary[];
  readonly node: string | null;
}

/** The actions that the execution allows now. */
export function Actions({ execution, definition, assignments, node }: Props) {
  const refusal = useRefusal("executions.change");
  const [asking, setAsking] = useState<"cancel" | "retry" | null>(null);
  const ended = hasEnded(execution.status);
  const failure = failureOf(execution, assignments);
  const at = node ?? failure?.node_id;
  return (
    <>
      {ended ? (
        <Button look={execution.status === "completed" ? "plain" : "primary"} blocked={refusal} onClick={() => setAsking("retry")}>
          <RotateCcw size={14} aria-hidden="true" />
          Retry
        </Button>
      ) : (
        <>
          <SuspendButton execution={execution} refusal={refusal} />
          <Button blocked={refusal} onClick={() => setAsking("cancel")} className={styles.wideOnly}>
            <Ban size={14} aria-hidden="true" />
            Cancel
          </Button>
        </>
      )}
      <Menu
        trigger={
          <IconButton label="More actions">
            <Ellipsis size={16} />
          </IconButton>
        }
      >
        <MenuLink to={builderAddress(execution, at)} icon={<Wrench size={14} />}>
          Open in the builder
        </MenuLink>
        <CopyItems id={execution.id} />
        {!ended && (
          <MenuItem danger blocked={refusal} icon={<Ban size={14} />} onSelect={() => setAsking("cancel")}>
            Cancel execution
          </MenuItem>
        )}
      </Menu>
      {asking === "retry" && <RetryDialog execution={execution} definition={definition} node={null} onClose={() => setAsking(null)} />}
      {asking === "cancel" && <CancelDialog execution={execution} onClose={() => setAsking(null)} />}
    </>
  );
}

/** For a terminal, a ticket, or a colleague. */
function CopyItems({ id }: { readonly id: string }) {
  const toasts = useToasts();
  const copy = (what: string, text: string) =>
    void copyText(text).then(
      () => toasts.succeeded(`${what} copied`),
      (error: unknown) => toasts.failed("Not copied", error),
    );
  return (
    <>
      <MenuSeparator />
      <MenuItem icon={<Copy size={14} />} onSelect={() => copy("Id", id)}>
        Copy the id
      </MenuItem>
      <MenuItem icon={<Terminal size={14} />} onSelect={() => copy("Command", curlOf(id))}>
        Copy as curl
      </MenuItem>
    </>
  );
}

function curlOf(id: string): string {
  return `curl -s -H "Authorization: Bearer $INTERLOCK_API_KEY" ${globalThis.location.origin}/api/v1/executions/${id}`;
}

function SuspendButton({ execution, refusal }: { readonly execution: Execution; readonly refusal: string | null }) {
  const toasts = useToasts();
  const client = useQueryClient();
  const suspended = execution.suspended_at !== null;
  const params = { params: { path: { execution_id: execution.id } } };
  const change = useMutation({
    mutationFn: () => answer(suspended ? api.POST("/api/v1/executions/{execution_id}/continue", params) : api.POST("/api/v1/executions/{execution_id}/suspend", params)),
    onSuccess: () => {
      toasts.succeeded(suspended ? "Goes on" : "Suspended", suspended ? "" : "What is running finishes; nothing new is begun.");
      return client.invalidateQueries({ queryKey: executionKey(execution.id) , exact: true });
    },
    onError: (error) => toasts.failed(suspended ? "Not continued" : "Not suspended", error),
  });
  return (
    <Button look={suspended ? "primary" : "plain"} blocked={refusal} busy={change.isPending} onClick={() => change.mutate()}>
      {suspended ? <Play size={14} aria-hidden="true" /> : <Pause size={14} aria-hidden="true" />}
      {suspended ? "Continue" : "Suspend"}
    </Button>
  );
}

function CancelDialog({ execution, onClose }: { readonly execution: Execution; readonly onClose: () => void }) {
  const [reason, setReason] = useState("");
  const toasts = useToasts();
  const cancel = useMutation({
    mutationFn: () => answer(api.POST("/api/v1/executions/{execution_id}/cancel", { params: { path: { execution_id: execution.id } }, body: { reason } })),
    onSuccess: ({ changed }) => {
      onClose();
      toasts.succeeded(changed ? "Cancelled" : "It had ended already");
    },
  });
  return (
    <ConfirmDialog open onClose={onClose} title="Cancel this execution?" action="Cancel execution" danger busy={cancel.isPending} onSubmit={() => cancel.mutate()}>
      <p>Everything that is open in it ends. It can be retried afterwards; what completed is then taken over.</p>
      <Field label="Reason" value={reason} onChange={(event) => setReason(event.target.value)} help="Kept in the history." />
      {cancel.error && <ErrorPanel error={cancel.error} />}
    </ConfirmDialog>
  );
}
