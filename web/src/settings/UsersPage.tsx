import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Ellipsis, KeyRound, Plus, Trash2, UserCheck, UserX, UsersRound } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { answer, api } from "../api/client";
import type { Role, User, UserWithPassword } from "../api/types";
import { Button, EmptyState, Field, IconButton, Menu, MenuItem, MenuSeparator, Moment, Select, Table, Tag, useToasts } from "../design";
import { useSession } from "../session/session";
import { Page } from "../shell/Page";
import { FormDialog, RoleField } from "./FormDialog";
import { OnceShown } from "./OnceShown";
import { PagedList } from "./PagedList";
import { ROLES } from "./roles";
import styles from "./settings.module.css";
import { usePagedList } from "./usePagedList";

const RemoveUser = lazy(() => import("./RemoveUser"));

type Change = Partial<{ role: Role; disabled: boolean; reset_password: boolean }>;

export default function UsersPage() {
  const client = useQueryClient();
  const toasts = useToasts();
  const { workspace, several_workspaces } = useSession();
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
      {several_workspaces && <p className={styles.lead}>The members of the workspace {workspace.name}, and their roles in it. A person can be in other workspaces too, with other roles there.</p>}
      <PagedList
        list={list}
        empty={
          <EmptyState icon={UsersRound} title="Nobody yet" actions={<Button onClick={() => setAdding(true)}>Add the first one</Button>}>
            Each person signs in with an email address and a password, and may do what their role allows.
          </EmptyState>
        }
      >
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
          if (user.one_time_password) setMade(user);
          else toasts.told(`Added ${user.name}`, `${user.email} has an account already, so there is no one-time password: they sign in with the password that they have, and switch to ${workspace.name}.`);
          void refresh();
        }}
      />
      {deleting && (
        <Suspense fallback={null}>
          <RemoveUser user={deleting} onClose={() => setDeleting(null)} onRemoved={refresh} />
        </Suspense>
      )}
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
  const { user: me, workspaces, several_workspaces } = useSession();
  const own = me.id === user.id ? "This is you" : null;
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
      <MenuItem icon={<Trash2 size={14} />} danger blocked={workspaces.length > 1 ? null : own} onSelect={onDelete}>
        {!several_workspaces ? "Delete" : own ? "Leave this workspace" : "Remove from this workspace"}
      </MenuItem>
    </Menu>
  );
}

function AddUser({ open, onClose, onAdded }: { readonly open: boolean; readonly onClose: () => void; readonly onAdded: (user: UserWithPassword) => void }) {
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("editor");
  const { several_workspaces } = useSession();
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
          <Field
            label="Email"
            help={several_workspaces && "Who has an account already keeps their name and their password."}
            type="email"
            autoComplete="off"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
            error={errorOf("email")}
          />
          <RoleField role={role} onChange={setRole} />
        </>
      )}
    </FormDialog>
  );
}
