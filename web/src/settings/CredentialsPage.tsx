import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Pencil, PlugZap, Plus, ShieldEllipsis, Trash2 } from "lucide-react";
import { useState } from "react";
import { answer, api, done } from "../api/client";
import type { Credential } from "../api/types";
import { Button, ConfirmDialog, EmptyState, ErrorPanel, IconButton, Moment, Table, Tag, useToasts } from "../design";
import { useRefusal } from "../session/session";
import { Page } from "../shell/Page";
import { CredentialDialog } from "./CredentialDialog";
import { canBeTested } from "./credentialKinds";
import { CredentialTestDialog } from "./CredentialTestDialog";
import { PagedList } from "./PagedList";
import styles from "./settings.module.css";
import { usePagedList } from "./usePagedList";

export default function CredentialsPage() {
  const client = useQueryClient();
  const toasts = useToasts();
  const refusal = useRefusal("credentials.write");
  const [editing, setEditing] = useState<Credential | "new" | null>(null);
  const [deleting, setDeleting] = useState<Credential | null>(null);
  const [testing, setTesting] = useState<Credential | null>(null);
  const list = usePagedList(["credentials"], (cursor, signal) => answer(api.GET("/api/v1/credentials", { params: { query: { limit: 100, ...(cursor && { cursor }) } }, signal })));
  const refresh = () => client.invalidateQueries({ queryKey: ["credentials"] });
  const remove = useMutation({
    mutationFn: (credential: Credential) => done(api.DELETE("/api/v1/credentials/{credential_id}", { params: { path: { credential_id: credential.id } } })),
    onSuccess: async (_, credential) => {
      setDeleting(null);
      toasts.succeeded("Deleted", credential.name);
      await refresh();
    },
  });
  const add = (
    <Button look="primary" blocked={refusal} onClick={() => setEditing("new")}>
      <Plus size={14} aria-hidden="true" />
      Add credential
    </Button>
  );
  return (
    <Page title="Credentials" actions={add}>
      <p className={styles.lead}>Secrets that nodes use by name. They are encrypted, can be replaced but never read back, and are masked in everything that nodes give out.</p>
      <PagedList
        list={list}
        empty={
          <EmptyState icon={ShieldEllipsis} title="No credentials" actions={add}>
            Keep a token or a password here, and name it in a node: the definition then holds no secret.
          </EmptyState>
        }
      >
        {(credentials) => (
          <Table
            label="Credentials"
            rows={credentials}
            rowKey={(credential) => credential.id}
            columns={[
              {
                title: "Name",
                cell: (credential) => (
                  <div className={styles.name}>
                    <strong>{credential.name}</strong>
                    {credential.description && <small>{credential.description}</small>}
                  </div>
                ),
              },
              { title: "Kind", soft: true, cell: (credential) => credential.kind },
              {
                title: "Fields",
                wide: true,
                cell: (credential) => (
                  <span className={styles.row}>
                    {credential.field_names.map((name) => (
                      <Tag key={name}>{name}</Tag>
                    ))}
                  </span>
                ),
              },
              { title: "Last used", soft: true, wide: true, cell: (credential) => (credential.last_used_at ? <Moment at={credential.last_used_at} /> : "Never") },
              {
                title: "Changed",
                wide: true,
                soft: true,
                cell: (credential) => (
                  <>
                    <Moment at={credential.updated_at} /> by {credential.updated_by}
                  </>
                ),
              },
              {
                title: "Actions",
                quiet: true,
                cell: (credential) => (
                  <span className={styles.actions}>
                    <IconButton
                      small
                      label={`Test ${credential.name}`}
                      blocked={refusal ?? (canBeTested(credential.kind) ? null : "Only the package that uses this kind can test it")}
                      onClick={() => setTesting(credential)}
                    >
                      <PlugZap size={14} />
                    </IconButton>
                    <IconButton small label={`Replace ${credential.name}`} blocked={refusal} onClick={() => setEditing(credential)}>
                      <Pencil size={14} />
                    </IconButton>
                    <IconButton small label={`Delete ${credential.name}`} blocked={refusal} onClick={() => setDeleting(credential)}>
                      <Trash2 size={14} />
                    </IconButton>
                  </span>
                ),
              },
            ]}
          />
        )}
      </PagedList>
      {editing !== null && (
        <CredentialDialog
          credential={editing === "new" ? null : editing}
          onClose={() => setEditing(null)}
          onSaved={(credential) => {
            setEditing(null);
            toasts.succeeded("Saved", credential.name);
            void refresh();
          }}
        />
      )}
      {testing && (
        <CredentialTestDialog
          credential={testing}
          onClose={() => {
            setTesting(null);
            void refresh();
          }}
        />
      )}
      <ConfirmDialog open={deleting !== null} onClose={() => setDeleting(null)} title={`Delete ${deleting?.name ?? ""}?`} action="Delete credential" danger busy={remove.isPending} onSubmit={() => deleting && remove.mutate(deleting)}>
        <p>Nodes that name it will fail until there is one of this name again.</p>
        {remove.error && <ErrorPanel error={remove.error} />}
      </ConfirmDialog>
    </Page>
  );
}
