import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Columns3, Ellipsis, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { answer, api, done } from "../api/client";
import type { Workspace } from "../api/types";
import { Button, ConfirmDialog, EmptyState, ErrorPanel, fullTime, IconButton, Menu, MenuItem, MenuSeparator, Moment, Table, Tag, useToasts } from "../design";
import { useSession } from "../session/session";
import { FIRST_WORKSPACE } from "../shell/navigation";
import { Page } from "../shell/Page";
import { shownLimits, storedOf } from "./limits";
import { PagedList } from "./PagedList";
import styles from "./settings.module.css";
import { usePagedList } from "./usePagedList";
import { WorkspaceDialog } from "./WorkspaceDialog";

export function WorkspaceList() {
  const client = useQueryClient();
  const toasts = useToasts();
  const [editing, setEditing] = useState<Workspace | "new" | null>(null);
  const [deleting, setDeleting] = useState<Workspace | null>(null);
  const list = usePagedList(["workspaces"], (cursor, signal) => answer(api.GET("/api/v1/workspaces", { params: { query: { limit: 100, ...(cursor && { cursor }) } }, signal })));
  // The switch is made from the session.
  const refresh = () => Promise.all([client.invalidateQueries({ queryKey: ["workspaces"] }), client.invalidateQueries({ queryKey: ["session"] })]);
  const remove = useMutation({
    mutationFn: (workspace: Workspace) => done(api.DELETE("/api/v1/workspaces/{workspace_id}", { params: { path: { workspace_id: workspace.id } } })),
    onSuccess: async (_, workspace) => {
      setDeleting(null);
      toasts.succeeded("Deleted", workspace.name);
      await refresh();
    },
  });
  return (
    <Page
      title="Workspaces"
      actions={
        <Button look="primary" onClick={() => setEditing("new")}>
          <Plus size={14} aria-hidden="true" />
          Make a workspace
        </Button>
      }
    >
      <p className={styles.lead}>Teams that share this installation and see nothing of each other. People can be in several, with a role in each.</p>
      <PagedList list={list} empty={<EmptyState icon={Columns3} title="No workspaces" />}>
        {(workspaces) => (
          <Table
            label="Workspaces"
            rows={workspaces}
            rowKey={(workspace) => String(workspace.id)}
            columns={[
              { title: "Name", cell: (workspace) => <WorkspaceName workspace={workspace} /> },
              {
                title: "Stored",
                soft: true,
                cell: (workspace) => <span title={workspace.stored_measured_at ? `Measured at ${fullTime(workspace.stored_measured_at)}` : undefined}>{storedOf(workspace)}</span>,
              },
              { title: "Limits", soft: true, wide: true, cell: (workspace) => shownLimits(workspace) || "None of its own" },
              { title: "Made", soft: true, wide: true, cell: (workspace) => <Moment at={workspace.created_at} /> },
              { title: "Actions", quiet: true, cell: (workspace) => <WorkspaceActions workspace={workspace} onChange={() => setEditing(workspace)} onDelete={() => setDeleting(workspace)} /> },
            ]}
          />
        )}
      </PagedList>
      {editing && (
        <WorkspaceDialog
          workspace={editing === "new" ? null : editing}
          onClose={() => setEditing(null)}
          onSaved={(workspace) => {
            setEditing(null);
            if (editing === "new") toasts.succeeded(`Made ${workspace.name}`, "You are its admin. Switch to it to add people.");
            else toasts.succeeded("Saved", workspace.name);
            void refresh();
          }}
        />
      )}
      <ConfirmDialog
        open={deleting !== null}
        onClose={() => {
          setDeleting(null);
          remove.reset();
        }}
        title={`Delete ${deleting?.name ?? ""}?`}
        action="Delete workspace"
        danger
        busy={remove.isPending}
        onSubmit={() => deleting && remove.mutate(deleting)}
      >
        <p>Its members leave, its API keys end, and its credentials are deleted. Who is in no other workspace can no longer sign in. It cannot be taken back.</p>
        {remove.error && <ErrorPanel error={remove.error} />}
      </ConfirmDialog>
    </Page>
  );
}

function WorkspaceName({ workspace }: { readonly workspace: Workspace }) {
  const isHere = useSession().workspace.id === workspace.id;
  return (
    <div className={styles.name}>
      <span className={styles.row}>
        <strong>{workspace.name}</strong>
        {isHere && <Tag>You are here</Tag>}
      </span>
      <small>{workspace.role ? `Your role: ${workspace.role}` : "You are not a member"}</small>
    </div>
  );
}

function WorkspaceActions({ workspace, onChange, onDelete }: { readonly workspace: Workspace; readonly onChange: () => void; readonly onDelete: () => void }) {
  return (
    <Menu
      trigger={
        <IconButton small label={`Actions for ${workspace.name}`}>
          <Ellipsis size={15} />
        </IconButton>
      }
    >
      <MenuItem icon={<Pencil size={14} />} onSelect={onChange}>
        {workspace.id === FIRST_WORKSPACE ? "Limits" : "Name and limits"}
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon={<Trash2 size={14} />} danger blocked={workspace.id === FIRST_WORKSPACE ? "Its admins administer the installation" : null} onSelect={onDelete}>
        Delete
      </MenuItem>
    </Menu>
  );
}
