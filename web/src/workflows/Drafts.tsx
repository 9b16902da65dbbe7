import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { PencilLine, Trash2 } from "lucide-react";
import { Link } from "react-router";
import { answer, api, done } from "../api/client";
import { ConfirmDialog, IconButton, useToasts } from "../design";
import { Moment } from "../design/Moment";
import { useMay } from "../session/session";
import { useState } from "react";
import styles from "./workflows.module.css";

const MOST = 20;

interface Draft {
  readonly id: string;
  readonly workflow_id: string | null;
  readonly workflow: string | null;
  readonly base_version: number | null;
  readonly current_version: number | null;
  readonly name: string;
  readonly revision: number;
  readonly updated_at: string;
}

/** What the user has not published yet, with a way back to it. */
export function Drafts() {
  const canEdit = useMay("workflows.write");
  const [discarding, setDiscarding] = useState<Draft | null>(null);
  const drafts = useQuery({
    queryKey: ["workflows", "drafts"],
    enabled: canEdit,
    queryFn: ({ signal }) => answer(api.GET("/api/v1/drafts", { params: { query: { limit: MOST } }, signal })),
  });
  const items: readonly Draft[] = drafts.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <section className={styles.drafts} aria-label="Your unpublished changes">
      <h2>Your unpublished changes</h2>
      <ul>
        {items.map((item) => (
          <li key={item.id}>
            <PencilLine size={14} aria-hidden="true" />
            <Link to={item.workflow_id === null ? `/workflows/new?draft=${item.id}` : `/workflows/${item.workflow_id}`}>{nameOf(item)}</Link>
            <small>
              {item.workflow_id === null ? "new workflow" : isBehind(item) ? `begun with version ${item.base_version ?? 0}, now ${item.current_version ?? 0}` : "not published"}, <Moment at={item.updated_at} />
            </small>
            <IconButton small label={`Discard the draft of ${nameOf(item)}`} onClick={() => setDiscarding(item)}>
              <Trash2 size={13} />
            </IconButton>
          </li>
        ))}
      </ul>
      {discarding && <DiscardDialog item={discarding} onClose={() => setDiscarding(null)} />}
    </section>
  );
}

function DiscardDialog({ item, onClose }: { readonly item: Draft; readonly onClose: () => void }) {
  const toasts = useToasts();
  const client = useQueryClient();
  const discard = useMutation({
    mutationFn: () => done(api.DELETE("/api/v1/drafts/{draft_id}", { params: { path: { draft_id: item.id }, query: { revision: item.revision } } })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["workflows", "drafts"] });
      onClose();
    },
    onError: (error) => toasts.failed("Not discarded", error),
  });
  return (
    <ConfirmDialog
      open
      title={`Discard your changes to ${nameOf(item)}?`}
      description={item.workflow_id === null ? "The workflow was never published, so nothing of it is left." : "The published version stays as it is."}
      action="Discard"
      danger
      busy={discard.isPending}
      onClose={onClose}
      onSubmit={() => discard.mutate()}
    />
  );
}

const nameOf = (item: Draft): string => item.name || item.workflow || "New workflow";
const isBehind = (item: Draft): boolean => item.base_version !== null && item.current_version !== null && item.base_version < item.current_version;
