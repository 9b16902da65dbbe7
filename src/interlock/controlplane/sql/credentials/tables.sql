-- Secrets that nodes use. Only `ciphertext` holds them, encrypted under a key of this row's own, which is itself encrypted
-- (`wrapped_key`) under a master key that never comes here. Id, name and kind are bound into both, so that a row moved under another name is
-- refused; none of the three ever changes.
create table interlock.credentials (
    id           uuid primary key,
    name         text not null,
    kind         text not null,
    description  text not null default '',
    field_names  text[] not null,
    allowed_hosts text[] not null,                -- where nodes may send it over HTTP; `*`: anywhere
    ciphertext   bytea not null,
    wrapped_key  bytea not null,
    key_id       text not null,                   -- which master key wrapped it
    revision     integer not null default 1,      -- counts the writes of its values, so that a worker knows whether its copy is current
    created_by   text not null,
    created_at   timestamptz not null,
    updated_by   text not null,
    updated_at   timestamptz not null,
    last_used_at timestamptz,                     -- written at most once an hour
    workspace_id integer not null default coalesce(nullif(current_setting('interlock.workspace', true), '')::integer, 1) references interlock.workspaces (id),
    constraint credential_names_are_unique unique (workspace_id, name)
);
