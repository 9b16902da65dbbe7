import { useMutation, useQueryClient } from "@tanstack/react-query";
import { KeyRound, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { answer, api, done } from "../api/client";
import type { ApiKey, CreatedApiKey, Role } from "../api/types";
import { Button, ConfirmDialog, cx, EmptyState, ErrorPanel, Field, IconButton, Moment, Select, Table, Tag, Until, useToasts } from "../design";
import { useSession } from "../session/session";
import { Page } from "../shell/Page";
import { FormDialog, RoleField } from "./FormDialog";
import { OnceShown } from "./OnceShown";
import { PagedList } from "./PagedList";
import styles from "./settings.module.css";
import { usePagedList } from "./usePagedList";

export default function ApiKeysPage() {
  const client = useQueryClient();
  const toasts = useToasts();
  const { user, workspace, several_workspaces } = useSession();
  const [adding, setAdding] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const [made, setMade] = useState<CreatedApiKey | null>(null);
  const list = usePagedList(["api-keys"], (cursor, signal) => answer(api.GET("/api/v1/api-keys", { params: { query: { limit: 100, ...(cursor && { cursor }) } }, signal })));
  const refresh = () => client.invalidateQueries({ queryKey: ["api-keys"] });
  const revoke = useMutation({
    mutationFn: (key: ApiKey) => done(api.DELETE("/api/v1/api-keys/{api_key_id}", { params: { path: { api_key_id: key.id } } })),
    onSuccess: async (_, key) => {
      setRevoking(null);
      toasts.succeeded("Revoked", key.name);
      await refresh();
    },
  });
  const add = (
    <Button look="primary" onClick={() => setAdding(true)}>
      <Plus size={14} aria-hidden="true" />
      Make a key
    </Button>
  );
  return (
    <Page title="API keys" actions={add}>
      <p className={styles.lead}>
        A key stands for you in programs: <code>Authorization: Bearer il_…</code> over REST and gRPC. It may do what its role allows, and no more than you may.
        {several_workspaces && ` It works in the workspace ${workspace.name}, and in no other.`}
      </p>
      <PagedList
        list={list}
        empty={
          <EmptyState icon={KeyRound} title="No API keys" actions={add}>
            Make one for the command line, the Python client, or any program that speaks REST or gRPC.
          </EmptyState>
        }
      >
        {(keys) => (
          <Table
            label="API keys"
            rows={keys}
            rowKey={(key) => key.id}
            columns={[
              {
                title: "Name",
                cell: (key) => (
                  <div className={cx(styles.name, key.revoked_at && styles.off)}>
                    <strong>{key.name}</strong>
                    <small>
                      <code>{key.prefix}…</code>
                      {key.user_id !== user.id && ` of ${key.user}`}
                    </small>
                  </div>
                ),
              },
              { title: "Role", soft: true, wide: true, cell: (key) => key.role },
              { title: "Last used", soft: true, wide: true, cell: (key) => (key.last_used_at ? <Moment at={key.last_used_at} /> : "Never") },
              { title: "Expires", soft: true, cell: (key) => <Expiry apiKey={key} /> },
              {
                title: "Actions",
                quiet: true,
                cell: (key) =>
                  !key.revoked_at && (
                    <IconButton small label={`Revoke ${key.name}`} onClick={() => setRevoking(key)}>
                      <Trash2 size={14} />
                    </IconButton>
                  ),
              },
            ]}
          />
        )}
      </PagedList>
      <AddKey
        open={adding}
        onClose={() => setAdding(false)}
        onAdded={(key) => {
          setAdding(false);
          setMade(key);
          void refresh();
        }}
      />
      <ConfirmDialog open={revoking !== null} onClose={() => setRevoking(null)} title={`Revoke ${revoking?.name ?? ""}?`} action="Revoke key" danger busy={revoke.isPending} onSubmit={() => revoking && revoke.mutate(revoking)}>
        <p>Programs that use it are refused at once. It cannot be taken back.</p>
        {revoke.error && <ErrorPanel error={revoke.error} />}
      </ConfirmDialog>
      <OnceShown title={made?.name ?? ""} text="Copy the key now. It is shown this once; only its beginning is kept to know it by." secret={made?.key ?? null} onClose={() => setMade(null)} />
    </Page>
  );
}

function Expiry({ apiKey }: { readonly apiKey: ApiKey }) {
  if (apiKey.revoked_at) return <Tag>Revoked</Tag>;
  return apiKey.expires_at ? <Until at={apiKey.expires_at} /> : "Never";
}

function AddKey({ open, onClose, onAdded }: { readonly open: boolean; readonly onClose: () => void; readonly onAdded: (key: CreatedApiKey) => void }) {
  const own = useSession().user.role;
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>(own === "annotator" ? own : "viewer");
  const [days, setDays] = useState("90");
  const add = useMutation({
    mutationFn: () => answer(api.POST("/api/v1/api-keys", { body: { name: name.trim(), role, expires_in_days: days ? Number(days) : null } })),
    onSuccess: (key) => {
      setName("");
      onAdded(key);
    },
  });
  return (
    <FormDialog open={open} onClose={onClose} title="Make an API key" action="Make key" saving={add}>
      {(errorOf) => (
        <>
          <Field label="Name" help="What will use it, as “nightly import”." autoComplete="off" value={name} onChange={(event) => setName(event.target.value)} error={errorOf("name")} />
          <div className={styles.pair}>
            <RoleField role={role} onChange={setRole} />
            <Select label="Expires" value={days} onChange={(event) => setDays(event.target.value)}>
              <option value="7">After 7 days</option>
              <option value="30">After 30 days</option>
              <option value="90">After 90 days</option>
              <option value="365">After a year</option>
              <option value="">Never</option>
            </Select>
          </div>
        </>
      )}
    </FormDialog>
  );
}
