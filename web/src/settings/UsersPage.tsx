import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Ellipsis, KeyRound, Plus, Trash2, UserCheck, UserX, UsersRound } from "lucide-react";
import { useState } from "react";
import { answer, api, done } from "../api/client";
import type { Role, User, UserWithPassword } from "../api/types";
import { Button, ConfirmDialog, EmptyState, ErrorPanel, Field, IconButton, Menu, MenuItem, MenuSeparator, Moment, Select, Table, Tag, useToasts } from "../design";
import { useSession } from "../session/session";
import { Page } from "../shell/Page";
import { FormDialog, RoleField } from "./FormDialog";
import { OnceShown } from "./OnceShown";
import { PagedList } from "./PagedList";
import { ROLES } from "./roles";
import styles from "./settings.module.css";
import { usePagedList } from "./usePagedList";

type Change = Partial<{ role: Role; disabled: boolean; reset_password: boolean }>;

export default function UsersPage() {
  const client = useQueryClient();
  const toasts = useToasts();
  const [adding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState<User | null>(null);
  const [made, setMade] = useState<UserWithPassword | null>(null);
  const list = usePagedList(["users"], (cursor, signal) => answer(api.GET("/api/v1/users", { params: { query: { limit: 100, ...(cursor && { cursor }) } }, signal })));
  const refresh = () => client.invalidateQueries({ queryKey: ["users"] });

  const change = useMutation({
    mutationFn: ({ user, body }: { user: User; body: Change }) => answer(api.PATCH("/api/v1/users/{user_id}", { params: { path: { user_id: user.id } }, body })),
    onSuccess: async (user) => {
      if (user.one_time_password) setMade(user);
      else toasts.succeeded("Saved", user.name);
      await refresh();
    },
    onError: (error) => toasts.failed("Not changed", error),
  });
  const remove = useMutation({
    mutationFn: (user: User) => done(api.DELETE("/api/v1/users/{user_id}", { params: { path: { user_id: user.id } } })),
    onSuccess: async (_, user) => {
      setDeleting(null);
      toasts.succeeded("Deleted", user.name);
      await refresh();
    },
  });
  return (
    <Page
      title="Users"
      actions={
        <Button look="primary" onClick={() => setAdding(true)}>
          <Plus size={14} aria-hidden="true" />
          Add user
        </Button>
      }
    >
      <PagedList list={list} empty={<EmptyState icon={UsersRound} title="Nobody yet" />}>
        {(users) => (
          <Table
            label="Users"
            rows={users}
            rowKey={(user) => user.id}
            columns={[
              { title: "Name", cell: (user) => <UserName user={user} /> },
              {
                title: "Role",
                cell: (user) => (
                  <Select quiet className={styles.inRow} label={`Role of ${user.name}`} value={user.role} disabled={change.isPending} onChange={(event) => change.mutate({ user, body: { role: event.target.value as Role } })}>
                    {ROLES.map((role) => (
                      <option key={role.value} value={role.value}>
                        {role.label}
                      </option>
                    ))}
                  </Select>
                ),
              },
              { title: "Last seen", soft: true, wide: true, cell: (user) => (user.last_seen_at ? <Moment at={user.last_seen_at} /> : "Never") },
              { title: "Added", soft: true, wide: true, cell: (user) => <Moment at={user.created_at} /> },
              { title: "Actions", quiet: true, cell: (user) => <UserActions user={user} onChange={(body) => change.mutate({ user, body })} onDelete={() => setDeleting(user)} /> },
            ]}
          />
        )}
      </PagedList>
      <AddUser
        open={adding}
        onClose={() => setAdding(false)}
        onAdded={(user) => {
          setAdding(false);
          setMade(user);
          void refresh();
        }}
      />
      <ConfirmDialog open={deleting !== null} onClose={() => setDeleting(null)} title={`Delete ${deleting?.name ?? ""}?`} action="Delete user" danger busy={remove.isPending} onSubmit={() => deleting && remove.mutate(deleting)}>
        <p>They can no longer sign in, and their API keys end. What they did stays on record under their name.</p>
        {remove.error && <ErrorPanel error={remove.error} />}
      </ConfirmDialog>
      <OnceShown title="One-time password" text={`Give it to ${made?.email ?? ""}. It is shown this once and has to be changed at the first sign-in.`} secret={made?.one_time_password ?? null} onClose={() => setMade(null)} />
    </Page>
  );
}

function UserName({ user }: { readonly user: User }) {
  return (
    <div className={styles.name}>
      <span className={styles.row}>
        <strong>{user.name}</strong>
        {user.disabled && <Tag>Disabled</Tag>}
        {user.must_change_password && <Tag>Has not signed in yet</Tag>}
      </span>
      <small>{user.email}</small>
    </div>
  );
}

function UserActions({ user, onChange, onDelete }: { readonly user: User; readonly onChange: (change: Change) => void; readonly onDelete: () => void }) {
  const own = useSession().user.id === user.id ? "This is you" : null;
  return (
    <Menu
      trigger={
        <IconButton small label={`Actions for ${user.name}`}>
          <Ellipsis size={15} />
        </IconButton>
      }
    >
      <MenuItem icon={<KeyRound size={14} />} onSelect={() => onChange({ reset_password: true })}>
        Make a one-time password
      </MenuItem>
      <MenuItem icon={user.disabled ? <UserCheck size={14} /> : <UserX size={14} />} blocked={own} onSelect={() => onChange({ disabled: !user.disabled })}>
        {user.disabled ? "Enable" : "Disable"}
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon={<Trash2 size={14} />} danger blocked={own} onSelect={onDelete}>
        Delete
      </MenuItem>
    </Menu>
  );
}

function AddUser({ open, onClose, onAdded }: { readonly open: boolean; readonly onClose: () => void; readonly onAdded: (user: UserWithPassword) => void }) {
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("editor");
  const add = useMutation({
    mutationFn: () => answer(api.POST("/api/v1/users", { body: { name: name.trim(), email: email.trim(), role } })),
    onSuccess: (user) => {
      setName("");
      setEmail("");
      onAdded(user);
    },
  });
  return (
    <FormDialog open={open} onClose={onClose} title="Add user" action="Add user" saving={add}>
      {(errorOf) => (
        <>
          <Field label="Name" autoComplete="off" value={name} onChange={(event) => setName(event.target.value)} error={errorOf("name")} />
          <Field label="Email" type="email" autoComplete="off" value={email} onChange={(event) => setEmail(event.target.value)} error={errorOf("email")} />
          <RoleField role={role} onChange={setRole} />
        </>
      )}
    </FormDialog>
  );
}
