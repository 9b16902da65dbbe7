-- Users that assignments can be assigned to: people, and virtual users (is_system), which do what needs neither a worker nor a person and never sign in.
-- An email is stored and found as the caller sends it, in one form (`canonical_email`): PostgreSQL may know capitals that Python does not.
-- The row of a deleted user stays: the records of what they did refer to it. `external_id` is the `sub` of the identity service that vouches for them.
-- `workspace_id` is the workspace that they chose last, in which their next sign-in begins.
create table interlock.users (
    id                   uuid primary key,
    name                 text not null,
    is_system            boolean not null default false,
    email                text,
    password_hash        text,
    must_change_password boolean not null default false,
    external_id          text,
    created_at           timestamptz not null,
    last_seen_at         timestamptz,
    disabled_at          timestamptz,
    deleted_at           timestamptz,
    workspace_id         integer references interlock.workspaces (id),
    constraint people_have_an_email check (is_system or email is not null),
    constraint virtual_users_cannot_sign_in check (
        not is_system or (email is null and workspace_id is null and password_hash is null and external_id is null and not must_change_password)),
    constraint email_is_of_the_form check (email ~ '^[^@[:space:]]+@[^@[:space:]]+$' and length(email) between 3 and 320),
    constraint name_is_of_the_form check (length(name) between 1 and 100),
    constraint deleted_users_have_no_proof check (deleted_at is null or password_hash is null)
);
create unique index virtual_user_names_are_unique on interlock.users (name) where is_system;
create unique index emails_are_unique on interlock.users (lower(email)) where deleted_at is null;
create unique index external_ids_are_unique on interlock.users (external_id) where deleted_at is null;

insert into interlock.users (id, name, is_system, created_at) values
    ('00000000-0000-7000-8000-000000000001', 'START', true, pg_catalog.now()),
    ('00000000-0000-7000-8000-000000000002', 'ROUTER', true, pg_catalog.now()),
    ('00000000-0000-7000-8000-000000000003', 'CONSENSUS', true, pg_catalog.now());

-- The role of each person in each workspace that they are a member of. Who leaves a workspace, and who is deleted, has no row any more.
create table interlock.workspace_members (
    user_id      uuid not null references interlock.users (id),
    workspace_id integer not null references interlock.workspaces (id),
    role         text not null,
    created_at   timestamptz not null,
    primary key (user_id, workspace_id),
    constraint member_role_is_known check (role in ('admin', 'editor', 'operator', 'approver', 'annotator', 'viewer'))
);
create index workspace_members_of_workspace on interlock.workspace_members (workspace_id, user_id);

-- Sign-ins. Only the SHA-256 of the token is stored: a reader of this table cannot sign in as anybody. Ending a session deletes its row.
create table interlock.sessions (
    id           uuid primary key,
    user_id      uuid not null references interlock.users (id),
    token_hash   bytea not null,
    proved_by    text not null,
    remote       text not null,
    created_at   timestamptz not null,
    expires_at   timestamptz not null,
    workspace_id integer not null default coalesce(nullif(current_setting('interlock.workspace', true), '')::integer, 1) references interlock.workspaces (id),
    constraint session_tokens_are_unique unique (token_hash),
    constraint session_tokens_are_hashed check (length(token_hash) = 32),
    constraint proof_is_known check (proved_by in ('password', 'supabase'))
);
create index sessions_of_user on interlock.sessions (user_id, created_at);
create index sessions_by_end on interlock.sessions (expires_at);

-- API keys of programs. Only the key's SHA-256 is stored, and its first characters to recognize it. A key made with another key is valid only as long as that one.
create table interlock.api_keys (
    id           uuid primary key,
    user_id      uuid not null references interlock.users (id),
    made_by_key  uuid references interlock.api_keys (id),
    name         text not null,
    prefix       text not null,
    key_hash     bytea not null,
    role         text not null,
    created_at   timestamptz not null,
    expires_at   timestamptz,
    last_used_at timestamptz,
    revoked_at   timestamptz,
    workspace_id integer not null default coalesce(nullif(current_setting('interlock.workspace', true), '')::integer, 1) references interlock.workspaces (id),
    constraint api_keys_are_unique unique (key_hash),
    constraint api_keys_are_hashed check (length(key_hash) = 32),
    constraint api_key_role_is_known check (role in ('admin', 'editor', 'operator', 'approver', 'annotator', 'viewer')),
    constraint api_key_name_is_of_the_form check (length(name) between 1 and 100)
);
create index api_keys_of_user on interlock.api_keys (user_id);
create index api_keys_made_by_key on interlock.api_keys (made_by_key) where made_by_key is not null;

-- Counts recent tries to sign in: for an account, from an address, and for an account from an address. All API processes share the counts.
-- A key is a kind and 20 bits of a hash, so there are never more than 3 * 2^20 rows, whatever is tried, and no mistyped email is stored.
-- `succeeded_for` is the full hash: where two pairs share a row, only the pair whose sign-in succeeded is known.
create table interlock.sign_in_throttles (
    key           text primary key,
    tries         integer not null,
    counted_at    timestamptz not null,
    blocked_until timestamptz,
    succeeded_at  timestamptz,
    succeeded_for bytea,
    forget_at     timestamptz not null,
    constraint tries_are_counted check (tries >= 0)
);
create index sign_in_throttles_by_end on interlock.sign_in_throttles (forget_at);
