set check_function_bodies = off;
-- The schema, its clock and its counter. Everything Interlock owns in a database lives in the schema `interlock`.
create schema if not exists interlock;
revoke all on schema interlock from public;

-- Orders the changes of one execution: taken while its row is locked, so whoever reads change N of an execution has been able to see all before it.
create sequence interlock.change_numbers cache 1;

-- A row here moves the clock of this database. Only the owner of the schema can put it there: tests do, nobody else should.
create table interlock.test_clock (
    only_row boolean primary key default true,
    shift    interval not null default interval '0',
    constraint one_clock_only check (only_row)
);

-- Which migrations this database has had.
create table interlock.migrations (
    name       text primary key,
    checksum   text not null,
    applied_at timestamptz not null
);

-- Workflows, their immutable versions, and each version compiled to the rows that the control plane joins on.

create table interlock.workflows (
    id              uuid primary key,
    name            text not null,
    current_version integer not null,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    deleted_at      timestamptz,                         -- cannot be started; its name is free, its executions go on
    constraint workflow_name_is_sensible check (name <> '' and length(name) <= 100)
);
create unique index workflow_names_are_unique on interlock.workflows (name) where deleted_at is null;

create table interlock.workflow_versions (
    id              integer generated always as identity primary key,
    workflow_id     uuid not null references interlock.workflows,
    version         integer not null,
    checksum        text not null,                       -- sha256 over the canonical JSON of the definition
    semantics       integer not null,                    -- which rules of movement it was written for
    definition      jsonb not null,
    tags            text[] not null default '{}',
    virtual_users   text not null default 'inline',
    lock_program    jsonb,
    timeout_seconds double precision,
    has_joins       boolean not null,
    has_counts      boolean not null,                    -- a first or count join, so tokens may be late
    has_ordered     boolean not null,
    has_locks       boolean not null,
    created_at      timestamptz not null,
    created_by      text,
    constraint versions_are_numbered unique (workflow_id, version),
    constraint same_content_is_same_version unique (workflow_id, checksum),
    constraint virtual_users_work_inline_or_by_cron check (virtual_users in ('inline', 'cron'))
);

create table interlock.nodes (
    version_id            integer not null references interlock.workflow_versions,
    node_no               integer not null,              -- place in compiled order
    node_id               text not null,
    name                  text not null,
    type                  text not null,
    subtype               text not null,
    kind                  text not null,
    queue                 text not null,
    join_kind             text,                          -- null: at most one MAIN connection comes in
    join_count            integer,
    late                  text not null,
    slot_count            integer not null,
    ordered               boolean not null,
    is_repeatable         boolean not null,
    is_indexed            boolean not null,              -- its visits are found by node: it repeats, is a join, or is named in expressions
    on_error              text not null,
    max_attempts          integer not null,
    retry_initial_seconds double precision not null,
    retry_multiplier      double precision not null,
    retry_max_seconds     double precision not null,
    retry_jitter          double precision not null,
    timeout_seconds       double precision,
    max_visits            integer not null,
    lock_program          jsonb,
    inline                jsonb,                         -- null: what is not a worker's by kind is evaluated by one all the same
    parameters            jsonb not null,
    needs                 integer[],                     -- nodes that its expressions name; null: found only when they run
    uses_context          boolean not null,
    ends                  boolean not null,              -- some port of it leads nowhere
    by_cron               boolean not null,              -- its virtual user acts only when a sweep comes
    primary key (version_id, node_no),
    constraint node_ids_are_unique unique (node_id, version_id),
    constraint kind_is_known check (kind in ('worker', 'start', 'choose', 'pass', 'wait', 'set_context', 'fail', 'end')),
    constraint join_kind_is_known check (join_kind in ('all', 'first', 'count', 'each')),
    constraint late_is_known check (late in ('swallow', 'hold', 'cancel')),
    constraint on_error_is_known check (on_error in ('fail', 'continue', 'port'))
);

create table interlock.connections (
    version_id    integer not null references interlock.workflow_versions,
    connection_no integer not null,                      -- order of definition
    from_node     integer not null,
    port          text not null,
    to_node       integer not null,
    slot          integer,                               -- which of the MAIN connections into to_node; null for other types
    type          text not null,
    primary key (version_id, connection_no)
);
create index connections_leaving on interlock.connections (version_id, from_node) where type = 'MAIN';

-- Which nodes can still bring a token to which slots of a join without passing it, as ranges of both. The node ranges of one join are disjoint.
create table interlock.reaches (
    version_id integer not null references interlock.workflow_versions,
    join_node  integer not null,
    from_node  integer not null,
    to_node    integer not null,
    from_slot  integer not null,
    to_slot    integer not null,
    primary key (version_id, join_node, from_node, from_slot)
);

-- Whoever an assignment can be assigned to: people, and virtual users (is_system), which do what needs neither a worker nor a person and can never sign in.
-- An email is kept and found as the caller gives it, in one form (`canonical_email`): PostgreSQL may know capitals that Python does not.
-- A deleted user stays on record: what they did refers to them. `external_id` is the `sub` of the identity service that vouches for them.
create table interlock.users (
    id                   uuid primary key,
    name                 text not null,
    is_system            boolean not null default false,
    email                text,
    role                 text,
    password_hash        text,
    must_change_password boolean not null default false,
    external_id          text,
    created_at           timestamptz not null,
    last_seen_at         timestamptz,
    disabled_at          timestamptz,
    deleted_at           timestamptz,
    constraint role_is_known check (role in ('admin', 'editor', 'operator', 'approver', 'annotator', 'viewer')),
    constraint people_have_an_email_and_a_role check (is_system or (email is not null and role is not null)),
    constraint virtual_users_cannot_sign_in check (
        not is_system or (email is null and role is null and password_hash is null and external_id is null and not must_change_password)),
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

-- Sign-ins. Of the token only the SHA-256 is kept: who reads this table can sign in as nobody. Ending a session deletes its row.
create table interlock.sessions (
    id           uuid primary key,
    user_id      uuid not null references interlock.users (id),
    token_hash   bytea not null,
    proved_by    text not null,
    remote       text not null,
    created_at   timestamptz not null,
    expires_at   timestamptz not null,
    constraint session_tokens_are_unique unique (token_hash),
    constraint session_tokens_are_hashed check (length(token_hash) = 32),
    constraint proof_is_known check (proved_by in ('password', 'supabase'))
);
create index sessions_of_user on interlock.sessions (user_id, created_at);
create index sessions_by_end on interlock.sessions (expires_at);

-- Keys of programs. Only the SHA-256 of the key is kept, and its beginning to know it by. A key counts as long as the one that made it, if one did.
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
    constraint api_keys_are_unique unique (key_hash),
    constraint api_keys_are_hashed check (length(key_hash) = 32),
    constraint api_key_role_is_known check (role in ('admin', 'editor', 'operator', 'approver', 'annotator', 'viewer')),
    constraint api_key_name_is_of_the_form check (length(name) between 1 and 100)
);
create index api_keys_of_user on interlock.api_keys (user_id);
create index api_keys_made_by_key on interlock.api_keys (made_by_key) where made_by_key is not null;

-- How many sign-ins were tried lately: for an account, from an address, and for an account from an address. Seen by all API processes.
-- A key is a kind and 20 bits of a hash, so there are never more than 3 * 2^20 rows, whatever is tried, and no email is kept that somebody mistyped.
-- `succeeded_for` is the whole hash: a row that two share lets only the one in whose sign-in succeeded.
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

-- One run of one version.
create table interlock.executions (
    id              uuid primary key,
    version_id      integer not null,
    workflow_id     uuid not null,
    status          text not null,
    input           jsonb not null,
    context         jsonb not null default '{}',
    context_revision integer not null default 0,
    subject         text,
    idempotency_key text,
    lock_key        text,                                -- held from start to end
    root_id         uuid,                                -- the first of a chain of retries; null: this one
    retried_from    uuid,
    end_id          uuid,                                -- the assignment of END that ended it
    error           jsonb,
    suspended_at    timestamptz,
    suspended_by    text,
    unsettled       boolean not null default false,      -- a transaction had its fill of it: a tick looks at its joins
    trace_parent    text,                                -- W3C `traceparent` of what asked for it
    last_waited_at  timestamptz,                         -- rounds are counted against max_visits from here
    created_at      timestamptz not null,
    started_at      timestamptz,
    ended_at        timestamptz,
    deadline_at     timestamptz,
    change_number   bigint not null,
    constraint execution_status_is_known
        check (status in ('pending', 'running', 'waiting', 'paused', 'completed', 'failed', 'cancelled', 'timed_out')),
    constraint ended_has_a_time check ((ended_at is not null) = (status in ('completed', 'failed', 'cancelled', 'timed_out'))),
    constraint only_an_unhappy_end_has_an_error check (error is null or status in ('failed', 'cancelled', 'timed_out'))
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

create unique index executions_idempotency on interlock.executions (workflow_id, idempotency_key) where idempotency_key is not null;
-- Read backwards: the newest of each status, merged, are a page of any list.
create index executions_of_status on interlock.executions (status, created_at, id);
create index executions_of_workflow on interlock.executions (workflow_id, status, created_at, id);
create index executions_of_subject on interlock.executions (subject, status, created_at, id) where subject is not null;
create index executions_retries on interlock.executions (retried_from, id) where retried_from is not null;
create index executions_deadline on interlock.executions (deadline_at)
    where deadline_at is not null and ended_at is null;
create index executions_lock on interlock.executions (lock_key) where lock_key is not null and ended_at is null;

create index executions_unsettled on interlock.executions (id) where unsettled;

create table interlock.execution_transitions (
    from_status text not null,
    to_status   text not null,
    done_by     text not null,
    primary key (from_status, to_status)
);
insert into interlock.execution_transitions (from_status, to_status, done_by) values
    ('pending', 'running',   'update_statuses'),
    ('pending', 'waiting',   'update_statuses'),
    ('pending', 'paused',    'update_statuses'),
    ('pending', 'completed', 'update_statuses, end_executions'),
    ('pending', 'failed',    'end_executions'),
    ('pending', 'cancelled', 'end_executions'),
    ('pending', 'timed_out', 'end_executions'),
    ('running', 'waiting',   'update_statuses'),
    ('running', 'paused',    'update_statuses'),
    ('running', 'completed', 'update_statuses, end_executions'),
    ('running', 'failed',    'end_executions'),
    ('running', 'cancelled', 'end_executions'),
    ('running', 'timed_out', 'end_executions'),
    ('waiting', 'running',   'update_statuses'),
    ('waiting', 'paused',    'update_statuses'),
    ('waiting', 'completed', 'update_statuses, end_executions'),
    ('waiting', 'failed',    'end_executions'),
    ('waiting', 'cancelled', 'end_executions'),
    ('waiting', 'timed_out', 'end_executions'),
    ('paused',  'running',   'update_statuses'),
    ('paused',  'waiting',   'update_statuses'),
    ('paused',  'completed', 'update_statuses, end_executions'),
    ('paused',  'failed',    'end_executions'),
    ('paused',  'cancelled', 'end_executions'),
    ('paused',  'timed_out', 'end_executions');

-- One visit of one node in one execution by one actor: the queue, the inbox, the audit trail and the telemetry at once.
create table interlock.assignments (
    execution_id           uuid not null,
    id                     uuid not null,
    version_id             integer not null,
    node_no                integer not null,
    visit                  integer not null,
    attempt                integer not null default 1,
    loss_count             integer not null default 0,   -- how often a worker was lost with it
    rounds                 integer not null default 1,   -- visits of this node since something waited
    status                 text not null,
    is_indexed             boolean not null,
    ordered                boolean not null default false,
    suspended              boolean not null default false,
    queue                  text,                         -- null: a virtual user's
    due_at                 timestamptz,                  -- pending: may be claimed; running: times out; waiting: goes on
    wait_for               text,
    worker_id              uuid,
    claim_request          bigint,                       -- the exchange that handed it out
    assigned_to            uuid,                         -- a person; virtual users follow from the node
    previous_assignment_id uuid,                         -- what led here; a join's are in tokens
    parent_assignment_id   uuid,
    ports                  text[],                       -- where it left; null: main
    output                 jsonb,                        -- null: that of the source, or the execution's input
    source_execution_id    uuid,
    source_id              uuid,
    error                  jsonb,
    late_for               jsonb,                        -- {join's node_no: visit that it is late for}
    lock_key               text,
    witness_id             uuid,                         -- holding: an open assignment that can still fill …
    witness_slot           integer,                      -- … this slot
    change_number          bigint not null,
    created_at             timestamptz not null,
    started_at             timestamptz,
    ended_at               timestamptz,
    primary key (execution_id, id),
    constraint assignment_status_is_known
        check (status in ('holding', 'pending', 'running', 'waiting', 'completed', 'failed', 'cancelled')),
    constraint output_only_when_done_or_waiting check (output is null or ended_at is not null or status = 'waiting'),
    constraint terminal_has_a_time check ((ended_at is not null) = (status in ('completed', 'failed', 'cancelled'))),
    constraint running_has_a_worker check (status <> 'running' or worker_id is not null),
    constraint waiting_says_for_what check ((status = 'waiting') = (wait_for is not null)),
    constraint pending_is_due_some_time check (status <> 'pending' or due_at is not null)
) with (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000,
        autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0);

create index assignments_claim on interlock.assignments (queue, due_at)
    where status = 'pending' and not suspended and queue is not null and lock_key is null and loss_count < 2;
create index assignments_claim_alone on interlock.assignments (queue, due_at)
    where status = 'pending' and not suspended and queue is not null and (lock_key is not null or loss_count >= 2);
create index assignments_virtual on interlock.assignments (due_at)
    where status = 'pending' and not suspended and queue is null;
create index assignments_open on interlock.assignments (execution_id) where ended_at is null;
create index assignments_holding on interlock.assignments (execution_id, node_no) where status = 'holding';
create index assignments_timer on interlock.assignments (due_at) where status in ('running', 'waiting') and due_at is not null;
create unique index assignments_visit on interlock.assignments (execution_id, node_no, visit) where is_indexed and parent_assignment_id is null;
create index assignments_lock on interlock.assignments (lock_key)
    where lock_key is not null and status in ('pending', 'running', 'waiting');
create index assignments_locked on interlock.assignments (execution_id) where lock_key is not null;

create table interlock.assignment_transitions (
    from_status text not null,
    to_status   text not null,
    done_by     text not null,
    primary key (from_status, to_status)
);
insert into interlock.assignment_transitions (from_status, to_status, done_by) values
    ('holding', 'pending',   'begin_visits'),
    ('holding', 'running',   'begin_visits'),
    ('holding', 'waiting',   'begin_visits'),
    ('holding', 'completed', 'begin_visits'),
    ('holding', 'failed',    'begin_visits'),
    ('holding', 'cancelled', 'cancel_assignments'),
    ('pending', 'running',   'claim_assignments, claim_locked, claim_alone'),
    ('pending', 'waiting',   'begin_visits'),
    ('pending', 'completed', 'begin_visits'),
    ('pending', 'failed',    'begin_visits'),
    ('pending', 'cancelled', 'cancel_assignments'),
    ('running', 'waiting',   'record_results, fail_attempts'),
    ('running', 'completed', 'record_results'),
    ('running', 'pending',   'record_results, fail_attempts, give_up_worker'),
    ('running', 'failed',    'fail_attempts'),
    ('running', 'cancelled', 'cancel_assignments'),
    ('waiting', 'completed', 'finish_due, finish_parked'),
    ('waiting', 'failed',    'fail_attempts, finish_parked'),
    ('waiting', 'cancelled', 'cancel_assignments');

-- What a finished assignment delivered over a connection into a join.
create table interlock.tokens (
    execution_id       uuid not null,
    join_node          integer not null,
    visit              integer not null,
    slot               integer not null,
    from_assignment_id uuid not null,
    late               boolean not null default false,   -- swallowed: the visit had gone, or had enough
    late_for           jsonb,
    token_number       bigint not null,                  -- order of arrival
    primary key (execution_id, join_node, visit, slot)
) with (autovacuum_vacuum_cost_delay = 0);

-- One row per unsuccessful attempt: failed, timed out, or lost with its worker.
create table interlock.assignment_attempts (
    execution_id  uuid not null,
    assignment_id uuid not null,
    attempt       integer not null,
    loss_count    integer not null,
    outcome       text not null,
    error         jsonb,
    worker_id     uuid,
    started_at    timestamptz,
    ended_at      timestamptz not null,
    primary key (execution_id, assignment_id, attempt, loss_count),
    constraint attempt_outcome_is_known check (outcome in ('failed', 'timed_out', 'lost', 'cancelled'))
);

-- What came of one exchange.
create type interlock.exchange_outcome as (
    answers             text[],                          -- null: all ok
    claimed_executions  uuid[],
    claimed_assignments uuid[],
    open_queues         text[],                          -- where the worker still has room
    pending_queues      text[],
    handed_over         integer
);

-- What one wave of nodes leaves behind for the next step of the same transaction. Never stored.
create type interlock.wave as (
    frontier_executions  uuid[],    -- finished and about to leave, in order
    frontier_assignments uuid[],
    arrived_executions   uuid[],    -- tokens for joins, in order of arrival
    arrived_versions     integer[],
    arrived_nodes        integer[],
    arrived_slots        integer[],
    arrived_from         uuid[],
    arrived_marks        jsonb[],
    ended_executions     uuid[],    -- by END (error null) or by an error that nothing catches
    ended_by             uuid[],
    ended_errors         jsonb[],
    handed_executions    uuid[],    -- given straight to the worker that reports
    handed_assignments   uuid[],
    handed_queues        text[],
    pending_queues       text[],    -- where something new waits to be claimed; null: for a virtual user
    active_executions    uuid[],    -- running, and something in them is pending or running now
    waited_executions    uuid[],    -- a wait in them came to its end
    context_executions   uuid[],
    context_patches      jsonb[]
);

-- Who may be given successors at once, and how many from which queue. All null: nobody.
create type interlock.taker as (
    worker_id uuid,
    request   bigint,
    queues    text[],
    rooms     integer[]
);

-- What came of moving executions on: what the worker was given, and which queues have something new (null: for a virtual user).
create type interlock.progress as (
    handed_executions  uuid[],
    handed_assignments uuid[],
    rooms              integer[],
    pending_queues     text[]
);

-- The results of one exchange, column by column, in the order reported.
create type interlock.results as (
    executions  uuid[],
    assignments uuid[],
    attempts    integer[],
    outcomes    text[],
    outputs     jsonb[],
    ports       jsonb[],
    errors      jsonb[],
    waits       jsonb[],
    contexts    jsonb[],
    tries       integer[]
);

-- What a virtual user decides about a visit.
create type interlock.resolution as (
    status   text,
    ports    text[],
    due_at   timestamptz,
    error    jsonb,
    context  jsonb
);

-- Who did what, by hand or by policy. Append-only.
create table interlock.audit_log (
    id           bigint generated always as identity primary key,
    at           timestamptz not null,
    actor        text not null,
    action       text not null,
    execution_id uuid,
    details      jsonb not null default '{}'
);
create index audit_log_of_execution on interlock.audit_log (execution_id) where execution_id is not null;

-- One row per key that was ever locked: its row lock guards the counting of who holds it. The holder columns are for locks taken by hand.
create table interlock.locks (
    lock_key   text primary key,
    holder     text,
    expires_at timestamptz,
    token      bigint not null default 0,                -- grows with every holder: fences off the one before
    constraint lock_key_is_sensible check (length(lock_key) between 1 and 500)
);

-- Processes that claim assignments. The heartbeat is written from a connection of its own, so it stands in a row of its own.
create table interlock.workers (
    id            uuid primary key,
    name          text not null,
    queues        text[] not null,
    lease_seconds integer not null,
    details       jsonb not null default '{}',
    statistics    jsonb not null default '{}',         -- what it counted since it began, as of its last heartbeat
    registered_by uuid,                                  -- the user who did over the API; null: a process with its own connection
    status        text not null default 'alive',
    registered_at timestamptz not null,
    heartbeat_at  timestamptz not null,
    ended_at      timestamptz,
    constraint worker_status_is_known check (status in ('alive', 'stopped', 'lost')),
    constraint lease_is_sensible check (lease_seconds between 1 and 86400)
) with (fillfactor = 50);
create index workers_alive on interlock.workers (heartbeat_at) where status = 'alive';

-- The last exchange of each worker: what a repeat of it is answered with.
create table interlock.exchanges (
    worker_id    uuid primary key,
    last_request bigint not null default 0,
    answers      text[],                                 -- null: all ok
    queues       text[] not null default '{}',           -- that it has room in, so a wake-up is worth while
    handed_over  integer not null default 0,             -- since it last took the oldest due one
    alone_execution_id  uuid,                            -- lost twice before, so it runs with nothing beside it
    alone_assignment_id uuid
) with (fillfactor = 50);

-- Assignments taken from a worker while it runs them; its next heartbeat reads them.
create table interlock.revocations (
    worker_id     uuid not null,
    execution_id  uuid not null,
    assignment_id uuid not null,
    attempt       integer not null,
    primary key (worker_id, execution_id, assignment_id, attempt)
);

-- Secrets that nodes use. What is secret stands in `ciphertext` alone, encrypted under a key of this row's own, which is itself encrypted
-- (`wrapped_key`) under a master key that never comes here. Id, name and kind are bound into both, so that a row moved under another name is
-- refused; none of the three ever changes.
create table interlock.credentials (
    id           uuid primary key,
    name         text not null,
    kind         text not null,
    description  text not null default '',
    field_names  text[] not null,
    allowed_hosts text[] not null default '{*}',  -- where nodes may send it over HTTP; `*`: anywhere
    ciphertext   bytea not null,
    wrapped_key  bytea not null,
    key_id       text not null,                   -- which master key wrapped it
    revision     integer not null default 1,      -- counts the writes of its values: what a worker has decrypted is known by it
    created_by   text not null,
    created_at   timestamptz not null,
    updated_by   text not null,
    updated_at   timestamptz not null,
    last_used_at timestamptz,                     -- written once an hour at most
    constraint credential_names_are_unique unique (name)
);

-- The one clock. Every time in the schema comes from here; tests move it through interlock.test_clock.
create function interlock.now() returns timestamptz language sql volatile as $$
    select pg_catalog.clock_timestamp() + coalesce((select c.shift from interlock.test_clock c), interval '0')
$$;

-- Raises an error of the product: SQLSTATE is its code, `detail` says where, `hint` says how to fix it. docs/errors.md lists the codes.
create function interlock.raise_error(p_code text, p_message text, p_detail text default null, p_hint text default null) returns void
language plpgsql set search_path = '' as $$
begin
    raise exception using errcode = p_code, message = p_message, detail = coalesce(p_detail, ''), hint = coalesce(p_hint, '');
end $$;

-- Functions that change state lock first and look afterwards; under any stricter isolation the look would show the past. Refuses it (IL091).
create function interlock.require_read_committed() returns void language plpgsql set search_path = '' as $$
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        perform interlock.raise_error('IL091', format('interlock runs under read committed, not %s', current_setting('transaction_isolation')),
            p_hint => 'Start the transaction with: begin isolation level read committed.');
    end if;
end $$;

-- A UUID of version 7 (RFC 9562): 48 bits of milliseconds, the rest random. PostgreSQL 18 has its own; before that it is put together here.
do $body$
begin
    if pg_catalog.current_setting('server_version_num')::integer >= 180000 then
        create function interlock.uuidv7() returns uuid language sql volatile as 'select pg_catalog.uuidv7()';
    else
        create function interlock.uuidv7() returns uuid language sql volatile as $$
            select pg_catalog.encode(
                pg_catalog.set_bit(pg_catalog.set_bit(
                    pg_catalog.overlay(
                        pg_catalog.uuid_send(pg_catalog.gen_random_uuid()),
                        pg_catalog.substring(pg_catalog.int8send((extract(epoch from pg_catalog.clock_timestamp()) * 1000)::bigint), 3),
                        1, 6),
                    52, 1), 53, 1),
                'hex')::uuid
        $$;
    end if;
end $body$;

-- Deletes a workflow: it cannot be started and is not listed any more, and its name is free. Versions and executions stay, and go on.
-- Transition: deleted_at is set. Caller: the API. A repeat finds no workflow (IL005).
-- Locks:   the workflow's row.
-- Errors:  IL005 workflow_not_found, IL019 version_conflict.
create function interlock.delete_workflow(p_workflow_id uuid, p_expected_version integer default null, p_by text default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now      timestamptz := interlock.now();
    v_workflow interlock.workflows;
begin
    v_workflow := interlock.lock_workflow(p_workflow_id);
    perform interlock.require_version(v_workflow, p_expected_version);
    update interlock.workflows w set deleted_at = v_now, updated_at = v_now where w.id = p_workflow_id;
    insert into interlock.audit_log (at, actor, action, details)
    values (v_now, coalesce(p_by, session_user), 'delete_workflow', jsonb_build_object('workflow_id', p_workflow_id, 'name', v_workflow.name,
        'version', v_workflow.current_version));
    return jsonb_build_object('workflow_id', p_workflow_id);
end $$;

-- The id of the workflow that is meant by an id or by a name, or null; what was deleted is not found. Changes nothing.
create function interlock.find_workflow(p_workflow text) returns uuid
language plpgsql stable set search_path = '' as $$
declare
    v_id uuid;
begin
    select w.id into v_id from interlock.workflows w where w.name = p_workflow and w.deleted_at is null;
    if v_id is null and p_workflow ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
        select w.id into v_id from interlock.workflows w where w.id = p_workflow::uuid and w.deleted_at is null;
    end if;
    return v_id;
end $$;

-- A version with its compiled nodes and connections, as workers keep it. Changes nothing.
-- Errors: IL003 version_not_found.
create function interlock.get_version(p_version_id integer) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    v_version jsonb;
begin
    select jsonb_build_object(
        'workflow', w.name, 'workflow_id', w.id, 'version', v.version, 'version_id', v.id, 'definition', v.definition,
        'nodes', (select jsonb_agg(to_jsonb(n) - 'version_id' order by n.node_no) from interlock.nodes n where n.version_id = v.id),
        'connections', (select coalesce(jsonb_agg(to_jsonb(c) - 'version_id' order by c.connection_no), '[]')
                        from interlock.connections c where c.version_id = v.id))
    into v_version
    from interlock.workflow_versions v
    join interlock.workflows w on w.id = v.workflow_id
    where v.id = p_version_id;
    if v_version is null then
        perform interlock.raise_error('IL003', format('There is no version with the id %s.', p_version_id));
    end if;
    return v_version;
end $$;

-- The version of a workflow that has this content: made now, unless there is one. It becomes the current one.
-- Transition: (new) version.
-- Caller:  save_workflow, update_workflow; with the lock of the workflow. They leave an entry in the audit log where this changed something.
-- Errors:  IL014 definition_not_compiled.
create function interlock.keep_version(
    p_workflow_id uuid, p_definition jsonb, p_compiled jsonb, p_checksum text, p_tags text[], p_by text, p_now timestamptz,
    out version integer, out version_id integer, out created boolean, out changed boolean
)
language plpgsql set search_path = '' as $$
declare
    v_version interlock.workflow_versions;
begin
    if jsonb_typeof(p_compiled -> 'nodes') is distinct from 'array' or jsonb_typeof(p_compiled -> 'connections') is distinct from 'array' then
        perform interlock.raise_error('IL014', 'The definition comes without its compiled form.', p_hint => 'Save it through interlock deploy.');
    end if;
    select * into v_version from interlock.workflow_versions v where v.workflow_id = p_workflow_id and v.checksum = p_checksum;
    created := not found;
    if created then
        insert into interlock.workflow_versions (workflow_id, version, checksum, semantics, definition, tags, virtual_users, lock_program,
            timeout_seconds, has_joins, has_counts, has_ordered, has_locks, created_at, created_by)
        select p_workflow_id,
               (select coalesce(max(v.version), 0) + 1 from interlock.workflow_versions v where v.workflow_id = p_workflow_id),
               p_checksum, coalesce((p_definition ->> 'semantics')::integer, 1), p_definition, p_tags,
               coalesce(p_definition ->> 'virtual_users', 'inline'), nullif(p_compiled -> 'lock_program', 'null'),
               (p_definition ->> 'timeout_seconds')::double precision,
               coalesce(bool_or(n ->> 'join_kind' in ('all', 'first', 'count')), false),
               coalesce(bool_or(n ->> 'join_kind' in ('first', 'count')), false),
               coalesce(bool_or((n ->> 'ordered')::boolean), false),
               coalesce(bool_or(jsonb_typeof(n -> 'lock_program') = 'object'), false) or jsonb_typeof(p_compiled -> 'lock_program') = 'object',
               p_now, p_by
        from jsonb_array_elements(p_compiled -> 'nodes') n
        returning * into v_version;

        insert into interlock.nodes (version_id, node_no, node_id, name, type, subtype, kind, queue, join_kind, join_count, late, slot_count,
            ordered, is_repeatable, is_indexed, on_error, max_attempts, retry_initial_seconds, retry_multiplier, retry_max_seconds, retry_jitter,
            timeout_seconds, max_visits, lock_program, inline, parameters, needs, uses_context, ends, by_cron)
        select v_version.id, n.node_no, n.node_id, coalesce(n.name, n.node_id), n.type, n.subtype, n.kind, n.queue, n.join_kind, n.join_count,
               n.late, n.slot_count, n.ordered, n.is_repeatable, n.is_indexed or coalesce(n.join_kind, 'each') <> 'each', n.on_error,
               n.max_attempts, n.retry_initial_seconds, n.retry_multiplier, n.retry_max_seconds, n.retry_jitter, n.timeout_seconds, n.max_visits,
               nullif(n.lock_program, 'null'), nullif(n.inline, 'null'), n.parameters, n.needs, n.uses_context, n.ends,
               v_version.virtual_users = 'cron'
        from jsonb_to_recordset(p_compiled -> 'nodes') n (node_no integer, node_id text, name text, type text, subtype text, kind text,
            queue text, join_kind text, join_count integer, late text, slot_count integer, ordered boolean, is_repeatable boolean,
            is_indexed boolean, on_error text, max_attempts integer, retry_initial_seconds double precision,
            retry_multiplier double precision, retry_max_seconds double precision, retry_jitter double precision,
            timeout_seconds double precision, max_visits integer, lock_program jsonb, inline jsonb, parameters jsonb, needs integer[],
            uses_context boolean, ends boolean);

        insert into interlock.connections (version_id, connection_no, from_node, port, to_node, slot, type)
        select v_version.id, c.connection_no, c.from_node, c.port, c.to_node, c.slot, c.type
        from jsonb_to_recordset(p_compiled -> 'connections') c (connection_no integer, from_node integer, port text, to_node integer,
            slot integer, type text);

        insert into interlock.reaches (version_id, join_node, from_node, to_node, from_slot, to_slot)
        select v_version.id, r.join_node, r.from_node, r.to_node, r.from_slot, r.to_slot
        from jsonb_to_recordset(p_compiled -> 'reaches') r (join_node integer, from_node integer, to_node integer, from_slot integer,
            to_slot integer);
    end if;
    update interlock.workflows w set current_version = v_version.version, updated_at = p_now
    where w.id = p_workflow_id and w.current_version <> v_version.version;
    changed := found;
    version := v_version.version;
    version_id := v_version.id;
end $$;

-- Locks one workflow and gives it back. Caller: update_workflow, delete_workflow. Errors: IL005, also where it was deleted.
create function interlock.lock_workflow(p_workflow_id uuid) returns interlock.workflows
language plpgsql set search_path = '' as $$
declare
    v_workflow interlock.workflows;
begin
    perform interlock.require_read_committed();
    select * into v_workflow from interlock.workflows w where w.id = p_workflow_id and w.deleted_at is null for no key update;
    if not found then
        perform interlock.raise_error('IL005', format('There is no workflow %s.', p_workflow_id));
    end if;
    return v_workflow;
end $$;

-- Raises IL019 unless the workflow is at the version that was expected; null: any is. Caller: update_workflow, delete_workflow.
create function interlock.require_version(p_workflow interlock.workflows, p_expected_version integer) returns void
language plpgsql set search_path = '' as $$
begin
    if p_workflow.current_version <> p_expected_version then
        perform interlock.raise_error('IL019', format('The workflow %s is at version %s, not %s.', p_workflow.name, p_workflow.current_version,
            p_expected_version), p_hint => 'Read it again, and repeat the change there.');
    end if;
end $$;

-- Saves a definition, compiled, as a version of the workflow of that name, which is made where there is none.
-- Transition: (new) workflow; (new) version, which becomes the current one.
-- Caller:  deploy, the API. A repeat with the same content answers with the version that there is, and makes it the current one.
-- Locks:   the workflow's row.
-- Errors:  IL014 definition_not_compiled, IL021 name_taken: p_only_new, and a workflow of this name has another content.
create function interlock.save_workflow(
    p_name text, p_definition jsonb, p_compiled jsonb, p_checksum text, p_tags text[] default '{}', p_by text default null,
    p_only_new boolean default false
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now      timestamptz := interlock.now();
    v_workflow interlock.workflows;
    v_kept     record;
begin
    perform interlock.require_read_committed();
    loop                                                                  -- again, where it was deleted or renamed between
        insert into interlock.workflows (id, name, current_version, created_at, updated_at)
        values (interlock.uuidv7(), p_name, 0, v_now, v_now)
        on conflict (name) where deleted_at is null do nothing;
        select * into v_workflow from interlock.workflows w where w.name = p_name and w.deleted_at is null for no key update;
        exit when found;
    end loop;
    if p_only_new and v_workflow.current_version > 0 and not exists (
            select from interlock.workflow_versions v
            where v.workflow_id = v_workflow.id and v.version = v_workflow.current_version and v.checksum = p_checksum) then
        perform interlock.raise_error('IL021', format('There is a workflow named %s already.', p_name), p_detail => v_workflow.id::text,
            p_hint => 'Give it another name, or save it as a new version of that workflow.');
    end if;
    v_kept := interlock.keep_version(v_workflow.id, p_definition, p_compiled, p_checksum, p_tags, p_by, v_now);
    if v_kept.changed then
        insert into interlock.audit_log (at, actor, action, details)
        values (v_now, coalesce(p_by, session_user), case when v_workflow.current_version = 0 then 'create_workflow' else 'update_workflow' end,
            jsonb_build_object('workflow_id', v_workflow.id, 'name', p_name, 'version', v_kept.version));
    end if;
    return jsonb_build_object('workflow_id', v_workflow.id, 'version', v_kept.version, 'version_id', v_kept.version_id, 'created', v_kept.created);
end $$;

-- Saves a definition, compiled, as a version of a workflow that there is; its name may be another one, then the workflow is renamed.
-- Transition: (new) version, which becomes the current one.
-- Caller:  the API. A repeat with the same content and name changes nothing and answers the same, whichever version was expected.
-- Locks:   the workflow's row.
-- Errors:  IL005 workflow_not_found, IL014 definition_not_compiled, IL019 version_conflict, IL021 name_taken.
create function interlock.update_workflow(
    p_workflow_id uuid, p_name text, p_definition jsonb, p_compiled jsonb, p_checksum text, p_tags text[], p_expected_version integer, p_by text
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now      timestamptz := interlock.now();
    v_workflow interlock.workflows;
    v_checksum text;
    v_kept     record;
begin
    v_workflow := interlock.lock_workflow(p_workflow_id);
    select v.checksum into v_checksum from interlock.workflow_versions v
    where v.workflow_id = p_workflow_id and v.version = v_workflow.current_version;
    if v_checksum <> p_checksum or v_workflow.name <> p_name then
        perform interlock.require_version(v_workflow, p_expected_version);
    end if;
    if v_workflow.name <> p_name then
        begin
            update interlock.workflows w set name = p_name, updated_at = v_now where w.id = p_workflow_id;
        exception when unique_violation then
            perform interlock.raise_error('IL021', format('There is a workflow named %s already.', p_name), p_hint => 'Give it another name.');
        end;
    end if;
    v_kept := interlock.keep_version(p_workflow_id, p_definition, p_compiled, p_checksum, p_tags, p_by, v_now);
    if v_kept.changed or v_workflow.name <> p_name then
        insert into interlock.audit_log (at, actor, action, details)
        values (v_now, coalesce(p_by, session_user), 'update_workflow', jsonb_strip_nulls(jsonb_build_object('workflow_id', p_workflow_id,
            'name', p_name, 'version', v_kept.version, 'renamed_from', case when v_workflow.name <> p_name then v_workflow.name end)));
    end if;
    return jsonb_build_object('workflow_id', p_workflow_id, 'version', v_kept.version, 'version_id', v_kept.version_id, 'created', v_kept.created);
end $$;

-- Who the person is for whom an identity service vouches: the user with this external id; else the one with this email, if it is verified, who gets the
-- external id; else, where a role is given, a new one. Answers: {user} or {refused: disabled | deleted | email_of_another | unknown}.
-- Caller:  a request or a sign-in with a token of the service. Locks: the user, where the external id is new. A repeat answers the same.
create function interlock.admit_external_user(p_external_id text, p_email text, p_verified boolean, p_name text, p_role text) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now  timestamptz := interlock.now();
    v_user interlock.users;
begin
    perform interlock.require_read_committed();
    select u.* into v_user from interlock.users u where u.external_id = p_external_id and u.deleted_at is null;
    if v_user.id is null and exists (select from interlock.users u where u.external_id = p_external_id) then
        return jsonb_build_object('refused', 'deleted');
    end if;
    if v_user.id is null and p_verified then
        select u.* into v_user from interlock.users u where lower(u.email) = lower(p_email) and u.email = p_email and u.deleted_at is null for no key update;
        if v_user.external_id <> p_external_id then
            return jsonb_build_object('refused', 'email_of_another');
        elsif v_user.id is not null and v_user.disabled_at is null and v_user.external_id is null then
            update interlock.users u
            set external_id = p_external_id,                                  -- a one-time password that was never used is void from now on
                password_hash = case when not u.must_change_password then u.password_hash end, must_change_password = false
            where u.id = v_user.id returning * into v_user;
            insert into interlock.audit_log (at, actor, action, details)
            values (v_now, v_user.email, 'link_user', jsonb_build_object('user_id', v_user.id, 'external_id', p_external_id));
        end if;
    end if;
    if v_user.id is null and p_role is not null and p_email is not null then
        begin
            perform interlock.create_user(p_email, p_name, p_role, null, false, p_external_id, 'supabase');
        exception when sqlstate 'IL021' then                                  -- the email is somebody's, or another request was first
            null;
        end;
        select u.* into v_user from interlock.users u where u.external_id = p_external_id and u.deleted_at is null;
        if v_user.id is null then
            return jsonb_build_object('refused', 'email_of_another');
        end if;
    end if;
    if v_user.id is null then
        return jsonb_build_object('refused', 'unknown');
    elsif v_user.disabled_at is not null then
        return jsonb_build_object('refused', 'disabled');
    end if;
    perform interlock.note_seen(v_user, v_now);
    return jsonb_build_object('user', interlock.user_record(v_user));
end $$;

-- An API key as it is shown, with whose it is.
create function interlock.api_key_record(p_key interlock.api_keys) returns jsonb language sql stable set search_path = '' as $$
    select jsonb_build_object(
        'id', p_key.id, 'name', p_key.name, 'user_id', p_key.user_id,
        'user', (select u.email from interlock.users u where u.id = p_key.user_id), 'role', p_key.role, 'prefix', p_key.prefix,
        'created_at', p_key.created_at, 'expires_at', p_key.expires_at, 'last_used_at', p_key.last_used_at, 'revoked_at', p_key.revoked_at)
$$;

-- Counts a try to sign in, before the password is looked at (so that many at once are all counted), and reads what to compare it with.
-- Answers: {wait_seconds} where the try is refused unseen, else {user}, null where there is nobody with this email.
-- A kind lets so many tries pass free; each further one blocks for twice as long, up to its longest; tries are forgotten one by one as time goes by.
-- From an address where the account was signed in to within 30 days only that pair counts: who guesses elsewhere cannot lock its owner out.
-- Caller:  a sign-in. Locks: the rows of the three kinds, by key. A repeat counts again.
create function interlock.begin_sign_in(p_email text, p_remote text) returns jsonb language plpgsql set search_path = '' as $$
declare
    v_now     timestamptz := interlock.now();
    v_keys    text[] := array[interlock.throttle_key('account', p_email), interlock.throttle_key('address', p_remote),
                              interlock.throttle_key('pair', p_email || ' ' || p_remote)];
    v_known   boolean;
    v_blocked timestamptz;
    v_user    interlock.users;
begin
    perform interlock.require_read_committed();
    perform interlock.sweep_sign_ins(v_now);
    insert into interlock.sign_in_throttles (key, tries, counted_at, forget_at)
    select k.key, 0, v_now, v_now + interval '1 day' from unnest(v_keys) k (key) order by k.key
    on conflict do nothing;
    perform from interlock.sign_in_throttles t where t.key = any (v_keys) order by t.key for no key update;
    select coalesce(bool_or(t.succeeded_at > v_now - interval '30 days' and t.succeeded_for = interlock.sign_in_pair(p_email, p_remote)), false) into v_known
    from interlock.sign_in_throttles t where t.key = v_keys[3];
    select max(t.blocked_until) into v_blocked
    from interlock.sign_in_throttles t where t.key = any (v_keys) and (not v_known or t.key = v_keys[3]);
    if v_blocked > v_now then
        return jsonb_build_object('wait_seconds', ceil(extract(epoch from v_blocked - v_now)));
    end if;
    update interlock.sign_in_throttles t
    set tries = counted.tries, counted_at = v_now, forget_at = greatest(t.forget_at, v_now + interval '1 day'),
        blocked_until = case when counted.tries > l.free
                             then v_now + least(l.longest, interval '1 second' * 2 ^ least(counted.tries - l.free - 1, 20)) end
    from interlock.sign_in_throttles before
    join (values ('account', 20, interval '1 minute', interval '5 minutes'),
                 ('address', 50, interval '1 minute', interval '1 minute'),
                 ('pair', 5, interval '15 minutes', interval '15 minutes')) l (kind, free, longest, forgotten_each)
      on l.kind = split_part(before.key, ':', 1)
    cross join lateral (select greatest(
        before.tries - floor(extract(epoch from v_now - before.counted_at) / extract(epoch from l.forgotten_each)), 0)::integer + 1) counted (tries)
    where t.key = any (v_keys) and before.key = t.key;
    select u.* into v_user from interlock.users u where lower(u.email) = lower(p_email) and u.email = p_email and u.deleted_at is null;
    return jsonb_build_object('user', case when v_user.id is not null then
        interlock.user_record(v_user) || jsonb_build_object('password_hash', v_user.password_hash) end);
end $$;

-- Puts a password in the place of the one that was verified, ends every session of the person, and opens a new one where a token's hash is given.
-- Answers: {session} as find_session, null without a token; null where the person was disabled or has another password meanwhile.
-- Caller:  the person. Locks: the person, the throttle's rows. A repeat finds another password.
create function interlock.change_password(
    p_user_id uuid, p_remote text, p_verified_hash text, p_password_hash text, p_token_hash bytea, p_seconds integer) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now  timestamptz := interlock.now();
    v_user interlock.users;
begin
    perform interlock.require_read_committed();
    v_user := interlock.lock_user(p_user_id);
    if v_user.disabled_at is not null or v_user.password_hash is distinct from p_verified_hash then
        return null;
    end if;
    update interlock.users u set password_hash = p_password_hash, must_change_password = false where u.id = p_user_id;
    delete from interlock.sessions s where s.user_id = p_user_id;
    perform interlock.excuse_sign_in(v_user.email, p_remote, v_now);
    insert into interlock.audit_log (at, actor, action, details)
    values (v_now, v_user.email, 'change_password', jsonb_build_object('remote', p_remote));
    if p_token_hash is not null then
        insert into interlock.sessions (id, user_id, token_hash, proved_by, remote, created_at, expires_at)
        values (interlock.uuidv7(), p_user_id, p_token_hash, 'password', p_remote, v_now, v_now + make_interval(secs => p_seconds));
    end if;
    return jsonb_build_object('session', interlock.find_session(p_token_hash, p_seconds));
end $$;

-- Makes an API key for a person; one that is made with a key ends when that one does. Caller: the person, who has made sure of the role.
-- Locks:   the person. Errors: IL036 user_not_found, IL038 api_key_not_found (the key it is made with was revoked), IL013 at 200 valid keys. A repeat makes another.
create function interlock.create_api_key(
    p_user_id uuid, p_made_by_key uuid, p_name text, p_prefix text, p_key_hash bytea, p_role text, p_days integer, p_by text) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now   timestamptz := interlock.now();
    v_maker interlock.api_keys;
    v_key   interlock.api_keys;
begin
    perform interlock.require_read_committed();
    perform interlock.lock_user(p_user_id);
    select k.* into v_maker from interlock.api_keys k where k.id = p_made_by_key and k.revoked_at is null;
    if p_made_by_key is not null and v_maker.id is null then
        perform interlock.raise_error('IL038', 'The key that asks was revoked.');
    end if;
    if (select count(*) from interlock.api_keys k
        where k.user_id = p_user_id and k.revoked_at is null and (k.expires_at is null or k.expires_at > v_now)) >= 200 then
        perform interlock.raise_error('IL013', 'There are 200 valid keys of this user already.', p_hint => 'Revoke those that are not used.');
    end if;
    insert into interlock.api_keys (id, user_id, made_by_key, name, prefix, key_hash, role, created_at, expires_at)
    values (interlock.uuidv7(), p_user_id, p_made_by_key, p_name, p_prefix, p_key_hash, p_role, v_now,
            least(v_now + make_interval(days => p_days), v_maker.expires_at))
    returning * into v_key;
    insert into interlock.audit_log (at, actor, action, details)
    values (v_now, p_by, 'create_api_key', jsonb_build_object('api_key_id', v_key.id, 'prefix', p_prefix, 'role', p_role, 'expires_at', v_key.expires_at));
    return interlock.api_key_record(v_key);
end $$;

-- Makes the first person, an admin with a one-time password; null where there is somebody already. Caller: the first start.
-- Locks:   an advisory lock, so that of two who start at once one makes it. A repeat answers null and changes nothing.
create function interlock.create_first_admin(p_email text, p_name text, p_password_hash text) returns jsonb
language plpgsql set search_path = '' as $$
begin
    perform interlock.require_read_committed();
    perform pg_advisory_xact_lock(interlock.advisory_key('first admin'));
    if interlock.has_people() then
        return null;
    end if;
    return interlock.create_user(p_email, p_name, 'admin', p_password_hash, true, null, 'interlock');
end $$;

-- Makes a person. Caller: an admin, the first start, or a sign-in by an identity service that names the role.
-- Locks:   none but the new row; two with one email: the second is refused. Errors: IL021 name_taken. A repeat is refused.
create function interlock.create_user(
    p_email text, p_name text, p_role text, p_password_hash text, p_must_change boolean, p_external_id text, p_by text) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_user interlock.users;
begin
    perform interlock.require_read_committed();
    insert into interlock.users (id, name, email, role, password_hash, must_change_password, external_id, created_at)
    values (interlock.uuidv7(), p_name, p_email, p_role, p_password_hash, p_must_change, p_external_id, interlock.now())
    on conflict do nothing
    returning * into v_user;
    if v_user.id is null then
        perform interlock.raise_error('IL021', format('There is a user %s already.', p_email), p_hint => 'Change that one, or take another email.');
    end if;
    insert into interlock.audit_log (at, actor, action, details)
    values (v_user.created_at, p_by, 'create_user',
            jsonb_build_object('user_id', v_user.id, 'email', v_user.email, 'role', v_user.role, 'external_id', v_user.external_id));
    return interlock.user_record(v_user);
end $$;

-- Takes a person's sign-in away for good: sessions end, keys are revoked, the email is free again; the row stays for what they did. Caller: an admin.
-- Locks:   the person and all admins. Errors: IL036 user_not_found, IL037 last_admin. A repeat is refused with IL036.
create function interlock.delete_user(p_user_id uuid, p_by text) returns jsonb language plpgsql set search_path = '' as $$
declare
    v_now  timestamptz := interlock.now();
    v_user interlock.users;
begin
    perform interlock.require_read_committed();
    perform interlock.lock_admins_and(p_user_id);
    v_user := interlock.lock_user(p_user_id);
    perform interlock.require_other_admin(v_user);
    update interlock.users u
    set deleted_at = v_now, disabled_at = coalesce(u.disabled_at, v_now), password_hash = null, must_change_password = false
    where u.id = p_user_id;
    delete from interlock.sessions s where s.user_id = p_user_id;
    update interlock.api_keys k set revoked_at = v_now where k.user_id = p_user_id and k.revoked_at is null;
    insert into interlock.audit_log (at, actor, action, details)
    values (v_now, p_by, 'delete_user', jsonb_build_object('user_id', p_user_id, 'email', v_user.email, 'role', v_user.role));
    return interlock.user_record(v_user);
end $$;

-- Ends one session. Caller: who signs out. Locks: the session. A repeat changes nothing.
create function interlock.end_session(p_session_id uuid, p_by text) returns void language plpgsql set search_path = '' as $$
begin
    perform interlock.require_read_committed();
    delete from interlock.sessions s where s.id = p_session_id;
    if found then
        insert into interlock.audit_log (at, actor, action) values (interlock.now(), p_by, 'sign_out');
    end if;
end $$;

-- Takes back a try that begin_sign_in counted: it was right. The pair of account and address starts anew and is known from now on; of the account and
-- of the address only this one try is taken back, so that who has one account cannot use it to go on guessing at others.
-- Caller:  open_session, change_password. Locks: the rows of the three kinds, by key.
create function interlock.excuse_sign_in(p_email text, p_remote text, p_now timestamptz) returns void language plpgsql set search_path = '' as $$
declare
    v_keys text[] := array[interlock.throttle_key('account', p_email), interlock.throttle_key('address', p_remote),
                           interlock.throttle_key('pair', p_email || ' ' || p_remote)];
begin
    perform from interlock.sign_in_throttles t where t.key = any (v_keys) order by t.key for no key update;
    update interlock.sign_in_throttles t
    set tries = case when t.key = v_keys[3] then 0 else greatest(t.tries - 1, 0) end,
        blocked_until = case when t.key <> v_keys[3] and t.tries > 1 then t.blocked_until end,
        succeeded_at = case when t.key = v_keys[3] then p_now else t.succeeded_at end,
        succeeded_for = case when t.key = v_keys[3] then interlock.sign_in_pair(p_email, p_remote) else t.succeeded_for end,
        forget_at = case when t.key = v_keys[3] then p_now + interval '30 days' else t.forget_at end
    where t.key = any (v_keys);
end $$;

-- The valid API key of this hash, with its person, or null. Caller: every request by key, at most each 5 s.
-- Locks:   the key or the person only where there is something to note (once a minute).
create function interlock.find_api_key(p_key_hash bytea) returns jsonb language plpgsql set search_path = '' as $$
declare
    v_now  timestamptz := interlock.now();
    v_key  interlock.api_keys;
    v_user interlock.users;
begin
    perform interlock.require_read_committed();
    select k.* into v_key from interlock.api_keys k
    where k.key_hash = p_key_hash and k.revoked_at is null and (k.expires_at is null or k.expires_at > v_now);
    select u.* into v_user from interlock.users u where u.id = v_key.user_id and u.disabled_at is null and u.deleted_at is null;
    if v_user.id is null then
        return null;
    end if;
    if v_key.last_used_at is null or v_key.last_used_at < v_now - interval '1 minute' then
        update interlock.api_keys k set last_used_at = v_now
        where k.id = (select o.id from interlock.api_keys o where o.id = v_key.id for no key update skip locked);
        perform interlock.note_seen(v_user, v_now);
    end if;
    return jsonb_build_object(
        'id', v_key.id, 'role', v_key.role, 'expires_at', v_key.expires_at, 'seconds_left', extract(epoch from v_key.expires_at - v_now),
        'user', interlock.user_record(v_user));
end $$;

-- The session of a token, with its person, or null where there is none or it ended. A use in its last half prolongs it to its full length again, until
-- 90 days after the sign-in: a token that was stolen does not live for ever.
-- Caller:  every request by cookie, at most each 5 s. Locks: the session or the person only where there is something to note (once a minute).
create function interlock.find_session(p_token_hash bytea, p_seconds integer) returns jsonb language plpgsql set search_path = '' as $$
declare
    v_now     timestamptz := interlock.now();
    v_session interlock.sessions;
    v_user    interlock.users;
    v_last    timestamptz;
begin
    perform interlock.require_read_committed();
    select s.* into v_session from interlock.sessions s where s.token_hash = p_token_hash and s.expires_at > v_now;
    select u.* into v_user from interlock.users u where u.id = v_session.user_id and u.disabled_at is null and u.deleted_at is null;
    if v_user.id is null then
        return null;
    end if;
    v_last := v_session.created_at + greatest(interval '90 days', make_interval(secs => p_seconds));
    if v_session.expires_at < least(v_now + make_interval(secs => p_seconds) / 2, v_last) then
        update interlock.sessions s set expires_at = least(v_now + make_interval(secs => p_seconds), v_last)
        where s.id = v_session.id and s.expires_at = v_session.expires_at
        returning * into v_session;
        if v_session.id is null then                                          -- ended or prolonged meanwhile
            select s.* into v_session from interlock.sessions s where s.token_hash = p_token_hash;
            if v_session.id is null then
                return null;
            end if;
        end if;
    end if;
    perform interlock.note_seen(v_user, v_now);
    return jsonb_build_object(
        'id', v_session.id, 'proved_by', v_session.proved_by, 'expires_at', v_session.expires_at,
        'seconds_left', extract(epoch from v_session.expires_at - v_now), 'user', interlock.user_record(v_user));
end $$;

-- A person by id. Errors: IL036 user_not_found.
create function interlock.get_user(p_user_id uuid) returns jsonb language plpgsql stable set search_path = '' as $$
declare
    v_user interlock.users;
begin
    select u.* into v_user from interlock.users u where u.id = p_user_id and not u.is_system and u.deleted_at is null;
    if v_user.id is null then
        perform interlock.raise_error('IL036', format('There is no user %s.', p_user_id));
    end if;
    return interlock.user_record(v_user);
end $$;

-- Whether anybody but the virtual users was ever made.
create function interlock.has_people() returns boolean language sql stable set search_path = '' as $$
    select exists (select from interlock.users u where not u.is_system)
$$;

-- API keys, newest first, after the given place: of one person, or of all where none is given.
create function interlock.list_api_keys(p_user_id uuid, p_after_at timestamptz, p_after_id uuid, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce(jsonb_agg(interlock.api_key_record(found) order by found.created_at desc, found.id desc), '[]')
    from (select k.*
          from interlock.api_keys k
          where (p_user_id is null or k.user_id = p_user_id) and (p_after_at is null or (k.created_at, k.id) < (p_after_at, p_after_id))
          order by k.created_at desc, k.id desc
          limit p_limit) found
$$;

-- People who were not deleted, by email, after the given one; with `p_search` those whose name or email contains it.
create function interlock.list_users(p_search text, p_after text, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce(jsonb_agg(interlock.user_record(found) order by lower(found.email)), '[]')
    from (select u.*
          from interlock.users u
          where not u.is_system and u.deleted_at is null
            and (p_search is null or strpos(lower(u.name || ' ' || u.email), lower(p_search)) > 0)
            and (p_after is null or lower(u.email) > lower(p_after))
          order by lower(u.email)
          limit p_limit) found
$$;

-- Locks a person together with all admins, by id: two admins who take each other's role away come one after the other.
create function interlock.lock_admins_and(p_user_id uuid) returns void language plpgsql set search_path = '' as $$
begin
    perform from interlock.users u
    where u.id = p_user_id or (u.role = 'admin' and u.deleted_at is null)
    order by u.id
    for no key update;
end $$;

-- Locks a person who was not deleted, and reads them. Errors: IL036 user_not_found.
create function interlock.lock_user(p_user_id uuid) returns interlock.users language plpgsql set search_path = '' as $$
declare
    v_user interlock.users;
begin
    select u.* into v_user from interlock.users u where u.id = p_user_id and not u.is_system and u.deleted_at is null for no key update;
    if v_user.id is null then
        perform interlock.raise_error('IL036', format('There is no user %s.', p_user_id));
    end if;
    return v_user;
end $$;

-- Notes that a person was seen, at most once a minute; whoever is noting it at the same time does.
create function interlock.note_seen(p_user interlock.users, p_now timestamptz) returns void language plpgsql set search_path = '' as $$
begin
    if p_user.last_seen_at is null or p_user.last_seen_at < p_now - interval '1 minute' then
        update interlock.users u set last_seen_at = p_now
        where u.id = (select o.id from interlock.users o where o.id = p_user.id for no key update skip locked);
    end if;
end $$;

-- Signs a person in who has proven themselves: makes a session, ends the one that the browser had before, and takes this try back from the throttle.
-- `p_verified_hash` is the hash that the password was compared with (null: an identity service vouched), `p_better_hash` one to put in its place.
-- Answers as find_session, or null where the person was disabled or deleted, or has another password, meanwhile.
-- Caller:  a sign-in. Locks: the person, the throttle's rows. A repeat makes another session; of more than 50 the oldest end.
create function interlock.open_session(
    p_user_id uuid, p_email text, p_remote text, p_token_hash bytea, p_seconds integer, p_verified_hash text, p_better_hash text, p_replaces uuid)
returns jsonb language plpgsql set search_path = '' as $$
declare
    v_now  timestamptz := interlock.now();
    v_user interlock.users;
begin
    perform interlock.require_read_committed();
    select u.* into v_user from interlock.users u where u.id = p_user_id and not u.is_system for no key update;
    if v_user.id is null or v_user.disabled_at is not null or v_user.deleted_at is not null
       or (p_verified_hash is not null and p_verified_hash is distinct from v_user.password_hash) then
        return null;
    end if;
    update interlock.users u set last_seen_at = v_now, password_hash = coalesce(p_better_hash, u.password_hash) where u.id = p_user_id;
    delete from interlock.sessions s where s.id = p_replaces;
    delete from interlock.sessions s
    where s.id in (select o.id from interlock.sessions o where o.user_id = p_user_id order by o.created_at desc, o.id desc offset 49);
    insert into interlock.sessions (id, user_id, token_hash, proved_by, remote, created_at, expires_at)
    values (interlock.uuidv7(), p_user_id, p_token_hash, case when p_verified_hash is null then 'supabase' else 'password' end, p_remote, v_now,
            v_now + make_interval(secs => p_seconds));
    perform interlock.excuse_sign_in(p_email, p_remote, v_now);
    insert into interlock.audit_log (at, actor, action, details)
    values (v_now, v_user.email, 'sign_in', jsonb_build_object('remote', p_remote, 'proved_by', case when p_verified_hash is null then 'supabase' else 'password' end));
    return interlock.find_session(p_token_hash, p_seconds);
end $$;

-- Puts a failed sign-in on record. An email that belongs to nobody is not kept: it may be a password, typed into the wrong field.
-- Caller:  a sign-in. Locks: none. A repeat writes another entry.
create function interlock.refuse_sign_in(p_email text, p_remote text, p_reason text) returns void language plpgsql set search_path = '' as $$
begin
    perform interlock.require_read_committed();
    insert into interlock.audit_log (at, actor, action, details)
    select interlock.now(), coalesce((select u.email from interlock.users u where lower(u.email) = lower(p_email) and u.email = p_email and u.deleted_at is null), 'unknown'),
           'sign_in_refused', jsonb_build_object('remote', p_remote, 'reason', p_reason);
end $$;

-- Refuses to take away the last admin who can sign in. The caller has locked all admins with lock_admins_and. Errors: IL037 last_admin.
create function interlock.require_other_admin(p_user interlock.users) returns void language plpgsql set search_path = '' as $$
begin
    if p_user.role = 'admin' and p_user.disabled_at is null and not exists (
        select from interlock.users u
        where u.role = 'admin' and u.disabled_at is null and u.deleted_at is null and u.id <> p_user.id
          and (u.password_hash is not null or u.external_id is not null)) then
        perform interlock.raise_error('IL037', format('%s is the last admin.', p_user.email), p_hint => 'Make somebody else an admin first.');
    end if;
end $$;

-- Ends an API key and all that were made with it. With `p_user_id` only one of that person; with `p_by_key` only that key and those made with it.
-- Caller:  the person, a key of theirs, or an admin.
-- Locks:   the person whose key it is. Errors: IL038 api_key_not_found. A repeat changes nothing.
create function interlock.revoke_api_key(p_api_key_id uuid, p_user_id uuid, p_by_key uuid, p_by text) returns void language plpgsql set search_path = '' as $$
declare
    v_now   timestamptz := interlock.now();
    v_key   interlock.api_keys;
    v_count integer;
begin
    perform interlock.require_read_committed();
    select k.* into v_key from interlock.api_keys k
    where k.id = p_api_key_id and (p_user_id is null or k.user_id = p_user_id)
      and (p_by_key is null or p_by_key in (
          with recursive maker (id, made_by_key) as (
              select p_api_key_id, k.made_by_key
              union
              select m.id, m.made_by_key from maker one join interlock.api_keys m on m.id = one.made_by_key
          )
          select maker.id from maker));
    if v_key.id is null then
        perform interlock.raise_error('IL038', format('There is no API key %s.', p_api_key_id));
    end if;
    perform from interlock.users u where u.id = v_key.user_id for no key update;          -- as create_api_key does: none is made meanwhile
    with recursive made (id) as (
        select p_api_key_id
        union
        select k.id from made m join interlock.api_keys k on k.made_by_key = m.id
    )
    update interlock.api_keys k set revoked_at = v_now from made m where k.id = m.id and k.revoked_at is null;
    get diagnostics v_count = row_count;
    if v_count > 0 then
        insert into interlock.audit_log (at, actor, action, details)
        values (v_now, p_by, 'revoke_api_key', jsonb_build_object('api_key_id', p_api_key_id, 'prefix', v_key.prefix, 'count', v_count));
    end if;
end $$;

-- The whole hash of an account and an address, by which a sign-in that succeeded is known.
create function interlock.sign_in_pair(p_email text, p_remote text) returns bytea language sql immutable set search_path = '' as $$
    select sha256(convert_to(p_email || ' ' || p_remote, 'UTF8'))
$$;

-- Deletes some of what has no use any more: counts of old tries, sessions that expired. Caller: begin_sign_in, so that they never pile up.
-- Locks:   the rows that are deleted, skip locked.
create function interlock.sweep_sign_ins(p_now timestamptz) returns void language plpgsql set search_path = '' as $$
begin
    delete from interlock.sign_in_throttles t
    where t.key in (select o.key from interlock.sign_in_throttles o where o.forget_at < p_now order by o.forget_at limit 20 for update skip locked);
    delete from interlock.sessions s
    where s.id in (select o.id from interlock.sessions o where o.expires_at < p_now order by o.expires_at limit 20 for update skip locked);
end $$;

-- The row of sign_in_throttles that a kind of throttle counts in.
create function interlock.throttle_key(p_kind text, p_of text) returns text language sql immutable set search_path = '' as $$
    select p_kind || ':' || left(encode(sha256(convert_to(p_kind || ' ' || p_of, 'UTF8')), 'hex'), 5)
$$;

-- Changes a person; what is null stays. Caller: an admin. A new password is a one-time password: it ends every session and has to be changed; disabling
-- ends every session too, and while it lasts no key is valid.
-- Locks:   the person and all admins. Errors: IL036 user_not_found, IL037 last_admin. A repeat changes nothing more.
create function interlock.update_user(p_user_id uuid, p_name text, p_role text, p_disabled boolean, p_password_hash text, p_by text) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now    timestamptz := interlock.now();
    v_before interlock.users;
    v_after  interlock.users;
begin
    perform interlock.require_read_committed();
    perform interlock.lock_admins_and(p_user_id);
    v_before := interlock.lock_user(p_user_id);
    if coalesce(p_role, v_before.role) <> 'admin' or coalesce(p_disabled, false) then
        perform interlock.require_other_admin(v_before);
    end if;
    update interlock.users u
    set name = coalesce(p_name, u.name),
        role = coalesce(p_role, u.role),
        disabled_at = case when p_disabled is null then u.disabled_at when p_disabled then coalesce(u.disabled_at, v_now) end,
        password_hash = coalesce(p_password_hash, u.password_hash),
        must_change_password = u.must_change_password or p_password_hash is not null
    where u.id = p_user_id
    returning * into v_after;
    if v_after.disabled_at is not null or p_password_hash is not null then
        delete from interlock.sessions s where s.user_id = p_user_id;
    end if;
    if p_password_hash is not null then
        delete from interlock.sign_in_throttles t where t.key = interlock.throttle_key('account', v_after.email);
    end if;
    insert into interlock.audit_log (at, actor, action, details)
    values (v_now, p_by, 'update_user', jsonb_strip_nulls(jsonb_build_object(
        'user_id', p_user_id, 'email', v_after.email, 'name', p_name, 'role', p_role, 'role_before', case when p_role is not null then v_before.role end,
        'disabled', p_disabled, 'password_reset', case when p_password_hash is not null then true end)));
    return interlock.user_record(v_after);
end $$;

-- A person as they are shown: without what proves them.
create function interlock.user_record(p_user interlock.users) returns jsonb language sql stable set search_path = '' as $$
    select jsonb_build_object(
        'id', p_user.id, 'email', p_user.email, 'name', p_user.name, 'role', p_user.role, 'disabled', p_user.disabled_at is not null,
        'must_change_password', p_user.must_change_password, 'external_id', p_user.external_id, 'created_at', p_user.created_at,
        'last_seen_at', p_user.last_seen_at)
$$;

-- Ends an execution without waiting for what is open in it; works in every status that is not terminal.
-- Transition: pending, running, waiting, paused -> cancelled; its open assignments too.
-- Caller:  an operator. Locks: the execution.
-- Errors:  IL001 execution_not_found. A repeat, or an execution that has ended otherwise, changes nothing and answers with its status.
create function interlock.cancel(p_execution_id uuid, p_reason text default '', p_by text default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now       timestamptz := interlock.now();
    v_execution interlock.executions := interlock.lock_execution(p_execution_id);
begin
    if v_execution.ended_at is null then
        perform interlock.end_executions(array[p_execution_id], '{cancelled}', array[null::uuid],
            array[jsonb_build_object('code', 'cancelled', 'message', coalesce(p_reason, ''), 'by', p_by)], v_now);
        insert into interlock.audit_log (at, actor, action, execution_id, details)
        values (v_now, coalesce(p_by, session_user), 'cancel', p_execution_id, jsonb_build_object('reason', p_reason));
        perform interlock.wake_workers(interlock.wake_lock_waiters(interlock.keys_of(array[p_execution_id]), v_now));
        v_execution.status := 'cancelled';
    end if;
    return jsonb_build_object('execution_id', p_execution_id, 'status', v_execution.status, 'changed', v_execution.ended_at is null);
end $$;

-- Lets a suspended execution go on.
-- Transition: none of the status; suspended_at is cleared. Caller: an operator.
-- Locks:   the execution. Errors: IL001. A repeat, or an execution that is not suspended, changes nothing.
create function interlock.continue(p_execution_id uuid, p_by text default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now       timestamptz := interlock.now();
    v_execution interlock.executions := interlock.lock_execution(p_execution_id);
    v_queues    text[];
begin
    if v_execution.suspended_at is not null then
        update interlock.executions e
        set suspended_at = null, suspended_by = null, change_number = nextval('interlock.change_numbers')
        where e.id = p_execution_id;
        with freed as (
            update interlock.assignments a set suspended = false, change_number = nextval('interlock.change_numbers')
            where a.execution_id = p_execution_id and a.ended_at is null and a.status = 'pending' and a.suspended
            returning a.queue
        )
        select array_agg(distinct f.queue) into v_queues from freed f;
        insert into interlock.audit_log (at, actor, action, execution_id) values (v_now, coalesce(p_by, session_user), 'continue', p_execution_id);
        perform interlock.wake_workers(v_queues);
    end if;
    return jsonb_build_object('execution_id', p_execution_id, 'status', v_execution.status, 'changed', v_execution.suspended_at is not null);
end $$;

-- How many executions there are of each status, counted no further than to p_most. Changes nothing. Caller: insight.
create function interlock.count_executions(p_statuses text[], p_workflow_id uuid, p_subject text, p_most integer)
returns table (status text, count bigint)
language plpgsql stable set search_path = '' as $$
begin
    return query
        select s.status, case
            when p_subject is not null then (
                select count(*) from (
                    select from interlock.executions e
                    where e.subject = p_subject and e.status = s.status and (p_workflow_id is null or e.workflow_id = p_workflow_id) limit p_most) x)
            when p_workflow_id is not null then (
                select count(*) from (
                    select from interlock.executions e where e.workflow_id = p_workflow_id and e.status = s.status limit p_most) x)
            else (select count(*) from (select from interlock.executions e where e.status = s.status limit p_most) x) end
        from unnest(p_statuses) s (status);
end $$;

-- The assignments that came of these, over connections and joins; they themselves are not among them unless a loop leads back. Caller: retry.
create function interlock.descendants_of(p_execution_id uuid, p_assignments uuid[]) returns uuid[] language sql stable as $$
    with recursive led as (
        select a.id, a.previous_assignment_id as from_id
        from interlock.assignments a
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
        where a.execution_id = p_execution_id and coalesce(n.join_kind, 'each') = 'each'
        union all
        select a.id, t.from_assignment_id
        from interlock.tokens t
        join interlock.assignments a on a.execution_id = t.execution_id and a.node_no = t.join_node and a.visit = t.visit
        where t.execution_id = p_execution_id and not t.late
    ), came as (
        select l.id from led l where l.from_id = any (p_assignments)
        union
        select l.id from came c join led l on l.from_id = c.id
    )
    select coalesce(pg_catalog.array_agg(c.id), '{}') from came c where c.id <> all (p_assignments)
$$;

-- The output of an execution: END's input, else an object keyed by the nodes whose latest visit left through a port that leads nowhere.
-- Null while it has not completed. Derived, never stored. Changes nothing.
create function interlock.execution_output(p_execution_id uuid) returns jsonb language plpgsql stable set search_path = '' as $$
begin
    return (
        select case
            when e.status <> 'completed' then null
            when e.end_id is not null then interlock.output_of(e.id, e.end_id)
            else (
                select coalesce(pg_catalog.jsonb_object_agg(n.node_id, interlock.output_of(e.id, last.id)), '{}')
                from interlock.nodes n
                cross join lateral (
                    select a.id, a.status, a.ports, a.output, a.source_id
                    from interlock.assignments a
                    where a.execution_id = e.id and a.node_no = n.node_no and a.parent_assignment_id is null
                    order by a.visit desc limit 1
                ) last
                where n.version_id = e.version_id and n.ends and (last.status = 'completed' or last.status = 'failed')
                    and exists (
                        select from pg_catalog.unnest(coalesce(last.ports, '{main}')) p (port)
                        where not exists (
                            select from interlock.connections c
                            where c.version_id = e.version_id and c.from_node = n.node_no and c.type = 'MAIN' and c.port = p.port)))
            end
        from interlock.executions e
        where e.id = p_execution_id);
end $$;

-- Why an execution is not moving: one reason for each thing that is open in it, and one for the execution where it has ended or is suspended.
-- Changes nothing. Errors: IL001. p_limit: of so many open things, the oldest; null: of all.
create function interlock.explain(p_execution_id uuid, p_limit integer default null) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    v_now       timestamptz := interlock.now();
    v_execution interlock.executions;
    v_reasons   jsonb;
begin
    select * into v_execution from interlock.executions e where e.id = p_execution_id;
    if not found then
        perform interlock.raise_error('IL001', format('There is no execution %s.', p_execution_id));
    end if;
    if v_execution.ended_at is not null then
        return jsonb_build_array(jsonb_build_object('assignment_id', null, 'node_id', null, 'status', v_execution.status, 'reason', 'ended',
            'message', format('The execution has %s%s', replace(v_execution.status, '_', ' '), coalesce(': ' || (v_execution.error ->> 'message'), '.')),
            'hint', v_execution.error ->> 'hint', 'until', null, 'details', coalesce(v_execution.error, '{}')));
    end if;
    select jsonb_agg(interlock.explain_assignment(a, n, v_execution, v_now) order by (a).created_at, (a).node_no, (a).visit) into v_reasons
    from (
        select a, n
        from interlock.assignments a
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
        where a.execution_id = p_execution_id and a.ended_at is null
        order by a.created_at, a.node_no, a.visit limit p_limit
    ) x;
    if v_execution.suspended_at is not null then
        v_reasons := jsonb_build_array(jsonb_build_object('assignment_id', null, 'node_id', null, 'status', v_execution.status,
            'reason', 'suspended', 'message', format('The execution was suspended by %s at %s.', v_execution.suspended_by, v_execution.suspended_at),
            'hint', format('To go on: interlock executions continue %s', p_execution_id), 'until', null, 'details', '{}'::jsonb)) || coalesce(v_reasons, '[]');
    end if;
    return coalesce(v_reasons, '[]');
end $$;

-- Why one open assignment is where it is. Caller: explain.
create function interlock.explain_assignment(
    p_assignment interlock.assignments, p_node interlock.nodes, p_execution interlock.executions, p_now timestamptz
) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    v_reason  text;
    v_message text;
    v_hint    text;
    v_until   timestamptz;
    v_details jsonb := '{}';
    v_found   record;
begin
    case p_assignment.status
    when 'holding' then
        select * into v_found
        from interlock.find_witnesses(p_assignment.execution_id, p_assignment.version_id, p_assignment.node_no, p_assignment.visit);
        select n.node_id as node_id, a.status as status into v_found
        from interlock.assignments a
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
        where a.execution_id = p_assignment.execution_id and a.id = v_found.witness_id;
        v_reason := 'holding';
        v_message := coalesce(format('The join waits for %s, which is %s and can still bring a token.', v_found.node_id, v_found.status),
            'The join holds, and nothing open can bring it a token: the next sweep lets it go.');
        v_details := jsonb_build_object('holding_for', v_found.node_id, 'tokens', (
            select count(*) from interlock.tokens t where t.execution_id = p_assignment.execution_id and t.join_node = p_assignment.node_no
                and t.visit = p_assignment.visit), 'connections', p_node.slot_count);
    when 'waiting' then
        v_reason := 'waiting_for_' || p_assignment.wait_for;
        v_until := p_assignment.due_at;
        v_message := case p_assignment.wait_for
            when 'order' then 'It is done, and leaves when an earlier visit of the same node has left.'
            when 'time' then format('It waits until %s.', p_assignment.due_at)
            else format('It waits for a %s%s.', p_assignment.wait_for, coalesce(format(', until %s', p_assignment.due_at), '')) end;
    when 'running' then
        select w.name, w.heartbeat_at, w.lease_seconds into v_found from interlock.workers w where w.id = p_assignment.worker_id;
        v_reason := 'running';
        v_until := p_assignment.due_at;
        v_message := format('The worker %s runs it since %s; its last heartbeat was %s ago.', coalesce(v_found.name, p_assignment.worker_id::text),
            p_assignment.started_at, date_trunc('second', greatest(p_now - v_found.heartbeat_at, interval '0')));
        v_details := jsonb_build_object('worker', v_found.name, 'heartbeat_at', v_found.heartbeat_at);
    when 'pending' then
        v_until := case when p_assignment.due_at > p_now and p_assignment.due_at < 'infinity' then p_assignment.due_at end;
        if p_assignment.suspended then
            v_reason := 'suspended';
            v_message := format('The execution was suspended by %s at %s.', p_execution.suspended_by, p_execution.suspended_at);
            v_hint := format('To go on: interlock executions continue %s', p_execution.id);
        elsif p_assignment.lock_key is not null and interlock.is_lock_held(p_assignment.lock_key, p_now) then
            select * into v_found from interlock.describe_holder(p_assignment.lock_key, p_now);
            v_reason := 'lock_held';
            v_message := format('The lock %s is held by %s.', p_assignment.lock_key, v_found.holder);
            v_hint := 'Wait until it is free, or cancel the execution that holds it.';
            v_until := v_found.expires_at;
            v_details := jsonb_build_object('lock', p_assignment.lock_key, 'holder', v_found.holder);
        elsif p_assignment.due_at > p_now and p_assignment.due_at < 'infinity' then
            v_reason := 'retry_at';
            v_message := format('Attempt %s begins at %s, after: %s', p_assignment.attempt, p_assignment.due_at,
                coalesce(p_assignment.error ->> 'message', 'an earlier attempt failed'));
            v_hint := p_assignment.error ->> 'hint';
        elsif p_assignment.queue is null then
            v_reason := 'virtual_user';
            v_message := case when p_node.by_cron
                then 'It waits for the sweep of its virtual user, which a cron calls.' else 'The next tick goes on with it.' end;
            v_hint := case when p_node.by_cron then 'Let a cron call interlock.workflow_route() and interlock.workflow_consensus().' end;
        elsif not exists (
            select from interlock.workers w
            where w.status = 'alive' and w.heartbeat_at >= p_now - make_interval(secs => w.lease_seconds) and p_assignment.queue = any (w.queues))
        then
            v_reason := 'no_worker';
            v_message := format('No worker is alive for the queue %s.', p_assignment.queue);
            v_hint := format('Start one: interlock worker --queue %s', p_assignment.queue);
            v_details := jsonb_build_object('queue', p_assignment.queue);
        else
            select count(*) as ahead into v_found
            from (
                select from interlock.assignments b
                where b.queue = p_assignment.queue and b.status = 'pending' and not b.suspended and b.lock_key is null and b.loss_count < 2
                    and b.due_at < p_assignment.due_at
                limit 10000
            ) b;
            v_reason := case when p_assignment.loss_count >= 2 then 'runs_alone' else 'queued' end;
            v_message := case when p_assignment.loss_count >= 2
                then 'It was lost with two workers already, and waits for one that has nothing else to run.'
                else format('It is queued in %s behind %s others.', p_assignment.queue, v_found.ahead) end;
            v_hint := case when p_assignment.loss_count >= 2
                then 'Look at the logs of the workers that were lost with it.'
                else format('If that takes too long, start another worker: interlock worker --queue %s', p_assignment.queue) end;
            v_details := jsonb_build_object('queue', p_assignment.queue, 'ahead', v_found.ahead);
        end if;
    end case;
    return jsonb_build_object('assignment_id', p_assignment.id, 'node_id', p_node.node_id, 'status', p_assignment.status, 'reason', v_reason,
        'message', v_message, 'hint', v_hint, 'until', v_until, 'details', v_details || jsonb_build_object('visit', p_assignment.visit, 'attempt', p_assignment.attempt));
end $$;

-- One page of executions, newest first: the newest of each status are found by an index, and merged. Changes nothing.
-- Caller:  insight. p_statuses: each once. p_before_at, p_before_id: the last of the page before; infinity where there is none.
-- The condition that leads is the subject where one is given, else the workflow, else the status: each has an index that ends in the order.
create function interlock.list_executions(
    p_statuses text[], p_workflow_id uuid, p_subject text, p_created_from timestamptz, p_created_to timestamptz, p_before_at timestamptz,
    p_before_id uuid, p_limit integer
) returns setof interlock.executions
language plpgsql stable set search_path = '' as $$
declare                                                                   -- one bound only: of two the index might begin at the wrong one
    v_before_at timestamptz := least(p_created_to, p_before_at);
    v_before_id uuid := case when p_before_at < p_created_to then p_before_id else '00000000-0000-0000-0000-000000000000' end;
begin
    if p_subject is not null then
        return query
            select p.* from unnest(p_statuses) s (status)
            cross join lateral (
                select e.* from interlock.executions e
                where e.subject = p_subject and e.status = s.status and (p_workflow_id is null or e.workflow_id = p_workflow_id)
                    and e.created_at >= p_created_from and (e.created_at, e.id) < (v_before_at, v_before_id)
                order by e.created_at desc, e.id desc limit p_limit
            ) p
            order by p.created_at desc, p.id desc limit p_limit;
    elsif p_workflow_id is not null then
        return query
            select p.* from unnest(p_statuses) s (status)
            cross join lateral (
                select e.* from interlock.executions e
                where e.workflow_id = p_workflow_id and e.status = s.status
                    and e.created_at >= p_created_from and (e.created_at, e.id) < (v_before_at, v_before_id)
                order by e.created_at desc, e.id desc limit p_limit
            ) p
            order by p.created_at desc, p.id desc limit p_limit;
    else
        return query
            select p.* from unnest(p_statuses) s (status)
            cross join lateral (
                select e.* from interlock.executions e
                where e.status = s.status
                    and e.created_at >= p_created_from and (e.created_at, e.id) < (v_before_at, v_before_id)
                order by e.created_at desc, e.id desc limit p_limit
            ) p
            order by p.created_at desc, p.id desc limit p_limit;
    end if;
end $$;

-- Locks one execution and gives it back. Caller: the functions of this folder. Errors: IL001.
create function interlock.lock_execution(p_execution_id uuid) returns interlock.executions
language plpgsql set search_path = '' as $$
declare
    v_execution interlock.executions;
begin
    perform interlock.require_read_committed();
    select * into v_execution from interlock.executions e where e.id = p_execution_id for no key update;
    if not found then
        perform interlock.raise_error('IL001', format('There is no execution %s.', p_execution_id));
    end if;
    return v_execution;
end $$;

-- Late marks with the joins' numbers of another version; those of joins that it lacks are dropped.
create function interlock.marks_in_version(p_marks jsonb, p_version_id integer, p_other_id integer) returns jsonb language sql stable as $$
    select case when p_version_id = p_other_id or p_marks is null then p_marks else (
        select pg_catalog.jsonb_object_agg(n.node_no::text, m.value)
        from pg_catalog.jsonb_each(p_marks) m
        cross join lateral (select interlock.node_in_version(p_version_id, m.key::integer, p_other_id) as node_no) n
        where n.node_no is not null) end
$$;

-- Nodes and connections that an execution has been through and that a version lacks, in words; null when it has them all. Caller: retry.
create function interlock.missing_in_version(p_execution_id uuid, p_version_id integer, p_dropped uuid[]) returns text language sql stable as $$
    select pg_catalog.string_agg(distinct m.what, ', ')
    from (
        select format('the node %s', o.node_id) as what
        from interlock.assignments a
        join interlock.nodes o on o.version_id = a.version_id and o.node_no = a.node_no
        where a.execution_id = p_execution_id and a.id <> all (p_dropped)
            and not exists (select from interlock.nodes n where n.version_id = p_version_id and n.node_id = o.node_id)
        union all
        select format('the connection %s -> %s', f.node_id, j.node_id)
        from interlock.tokens t
        join interlock.executions e on e.id = t.execution_id
        join interlock.connections c on c.version_id = e.version_id and c.to_node = t.join_node and c.slot = t.slot and c.type = 'MAIN'
        join interlock.nodes f on f.version_id = e.version_id and f.node_no = c.from_node
        join interlock.nodes j on j.version_id = e.version_id and j.node_no = c.to_node
        where t.execution_id = p_execution_id and t.from_assignment_id <> all (p_dropped)
            and interlock.slot_in_version(e.version_id, t.join_node, t.slot, p_version_id) is null
    ) m
$$;

-- The number of the same node in another version. Null: it is not there.
create function interlock.node_in_version(p_version_id integer, p_node_no integer, p_other_id integer) returns integer language sql stable as $$
    select case when p_version_id = p_other_id then p_node_no else (
        select o.node_no from interlock.nodes n
        join interlock.nodes o on o.version_id = p_other_id and o.node_id = n.node_id
        where n.version_id = p_version_id and n.node_no = p_node_no) end
$$;

-- Why one execution of a batch cannot be started, or null. Caller: start_executions.
create function interlock.refusal_to_start(p_input jsonb, p_idempotency_key text, p_subject text, p_lock_missing boolean) returns jsonb
language sql stable as $$
    select case
        when p_input is null then pg_catalog.jsonb_build_object('code', 'IL013',
            'message', 'An execution is started with an object {"input", "idempotency_key", "subject"}.',
            'hint', 'Fix this one and send it again; the others are started.')
        when length(p_idempotency_key) > 500 or length(p_subject) > 500 then pg_catalog.jsonb_build_object('code', 'IL013',
            'message', 'Idempotency keys and subjects have at most 500 characters.', 'hint', 'Fix this one and send it again; the others are started.')
        when p_lock_missing then pg_catalog.jsonb_build_object('code', 'IL008',
            'message', 'The lock of this workflow has no value of 1 to 500 characters for this input.', 'hint', 'Give the input that the lock names.')
    end
$$;

-- Runs again what failed, or from a node, as a new execution. What had completed is taken over by reference, what the failure cancelled is restored
-- with its tokens and due times, what was done but had not left yet leaves, and what failed begins anew under the same idempotency keys.
-- Transition: (new) execution -> running | waiting | paused | completed.
-- Caller:  an operator. A repeat makes another execution, unless it comes with the same idempotency key: then it answers with the one there is.
-- Locks:   the old execution; the key of its workflow's lock.
-- Errors:  IL001, IL013 bad_request (the key belongs to another execution), IL015 execution_not_ended, IL016 nothing_to_retry, IL017 lock_held, IL018 version_incompatible.
-- p_from_node: run again from its latest visit; what came of that visit is left out. p_newest: on the workflow's current version.
create function interlock.retry(p_execution_id uuid, p_from_node text default null, p_newest boolean default false, p_by text default null,
    p_idempotency_key text default null, p_trace_parent text default null)
returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now        timestamptz := interlock.now();
    v_old        interlock.executions := interlock.lock_execution(p_execution_id);
    v_new        uuid := interlock.uuidv7();
    v_version_id integer := v_old.version_id;
    v_from       uuid[];                                                  -- the visit that p_from_node names
    v_again      uuid[];                                                  -- begin anew
    v_dropped    uuid[] := '{}';                                          -- came of what begins anew
    v_unsent     uuid[];                                                  -- were done when the end came, and had not left
    v_missing    text;
    v_known      interlock.executions;                                    -- made by an earlier call with the same key
    v_progress   interlock.progress;
begin
    if p_idempotency_key is not null then
        select * into v_known from interlock.executions e where e.workflow_id = v_old.workflow_id and e.idempotency_key = p_idempotency_key;
        if v_known.retried_from = p_execution_id then
            return jsonb_build_object('execution_id', v_known.id, 'created', false);
        end if;
    end if;
    if v_old.ended_at is null then
        perform interlock.raise_error('IL015', format('The execution %s is still %s.', p_execution_id, v_old.status),
            p_hint => 'Cancel it first, or wait for its end.');
    end if;
    if p_newest then
        select v.id into v_version_id
        from interlock.workflows w join interlock.workflow_versions v on v.workflow_id = w.id and v.version = w.current_version
        where w.id = v_old.workflow_id;
    end if;

    v_again := array(                                                     -- what failed, or was cancelled by hand, and no policy caught
        select a.id from interlock.assignments a
        where a.execution_id = p_execution_id and a.parent_assignment_id is null and a.output is null and a.source_id is null
            and (a.status = 'failed' or a.status = 'cancelled' and a.error ->> 'code' = 'cancelled'));
    if p_from_node is not null then
        v_from := array(
            select a.id from interlock.assignments a
            join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no and n.node_id = p_from_node
            where a.execution_id = p_execution_id and a.parent_assignment_id is null
            order by a.visit desc limit 1);
        v_dropped := interlock.descendants_of(p_execution_id, v_from);
        v_again := v_from || array(select x from unnest(v_again) x where x <> all (v_dropped || v_from));
    end if;
    if p_from_node is not null and cardinality(v_from) = 0 or p_from_node is null and (v_old.status = 'completed'
            or cardinality(v_again) = 0 and not exists (
                select from interlock.assignments a
                where a.execution_id = p_execution_id and a.status = 'cancelled' and a.error ->> 'code' = 'execution_ended')) then
        perform interlock.raise_error('IL016', case when p_from_node is null
                then format('Nothing failed in the execution %s.', p_execution_id)
                else format('The node %s was not visited by the execution %s.', p_from_node, p_execution_id) end,
            p_hint => 'Name a node that it has visited, to run again from there.');
    end if;

    if v_version_id <> v_old.version_id then
        v_missing := interlock.missing_in_version(p_execution_id, v_version_id, v_dropped);
        if v_missing is not null then
            perform interlock.raise_error('IL018', format('The newest version lacks %s, which this execution has been through.', v_missing),
                p_hint => 'Retry on the same version, or run again from a node before them.');
        end if;
    end if;
    if v_old.lock_key is not null and not interlock.may_hold_lock(v_old.lock_key, v_new, v_new, v_now) then
        perform interlock.raise_error('IL017', format('The lock %s is held.', v_old.lock_key), p_hint => 'Try again when it is free.');
    end if;

    insert into interlock.executions (id, version_id, workflow_id, status, input, context, context_revision, subject, idempotency_key, lock_key, root_id,
        retried_from, trace_parent, created_at, started_at, deadline_at, change_number)
    select v_new, v_version_id, v_old.workflow_id, 'pending', v_old.input, v_old.context, v_old.context_revision, v_old.subject,
           p_idempotency_key, v_old.lock_key, coalesce(v_old.root_id, v_old.id), v_old.id, left(p_trace_parent, 55), v_now, v_now, v_now + make_interval(secs => v.timeout_seconds),
           nextval('interlock.change_numbers')
    from interlock.workflow_versions v where v.id = v_version_id
    on conflict (workflow_id, idempotency_key) where idempotency_key is not null do nothing;
    if not found then
        perform interlock.raise_error('IL013', format('The idempotency key %s belongs to an execution that is no retry of this one.', p_idempotency_key),
            p_hint => 'Choose another key.');
    end if;
    perform interlock.take_over(v_old.id, v_new, v_version_id, v_again, v_dropped, v_now);
    insert into interlock.audit_log (at, actor, action, execution_id, details)
    values (v_now, coalesce(p_by, session_user), 'retry', v_new, jsonb_build_object('retried_from', v_old.id, 'from_node', p_from_node,
        'newest', p_newest));

    v_unsent := interlock.unsent_assignments(v_old.id, v_again || v_dropped);
    v_progress := interlock.advance(array[v_new], (select array_agg(v_new) from unnest(v_unsent)), v_unsent, null, v_now);
    perform interlock.wake_workers(array(
        select distinct a.queue from interlock.assignments a where a.execution_id = v_new and a.status = 'pending'));
    return jsonb_build_object('execution_id', v_new, 'created', true);
end $$;

-- Seed 004: the execution's path with inputs, outputs, status and timing of each step. Derived, never stored.
create function interlock.run_data(p_execution_id uuid) returns jsonb language sql stable as $$
    select pg_catalog.jsonb_build_object(
        'execution_path', coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
            'assignment_id', a.id, 'node_id', a.node_id, 'node_name', a.name, 'node_type', a.type, 'node_subtype', a.subtype, 'visit', a.visit,
            'attempt', a.attempt, 'status', a.status, 'port', a.ports, 'actor', a.actor, 'input_data', a.input, 'output_data', a.output,
            'error', a.error, 'start_time', a.started_at, 'end_time', a.ended_at,
            'execution_time_ms', extract(epoch from a.ended_at - a.started_at) * 1000) order by a.created_at, a.change_number), '[]'),
        'node_results', coalesce(pg_catalog.jsonb_object_agg(a.node_id, pg_catalog.jsonb_build_object('status', a.status, 'output_data', a.output)
            order by a.visit), '{}'))
    from interlock.assignment_details a
    where a.execution_id = p_execution_id
$$;

-- A part of what `run_data` has: the inputs and outputs of the visits after one, by id, until so many visits or bytes of JSON text are together.
-- Caller:  insight. Changes nothing. Always at least one visit, where there is one; of one that has too much by itself something is left out, by name,
-- and it is the last of its part: putting it together was work enough.
-- An output is counted twice: the answer has it in the path and as the result of its node. One visit after the other, so that little is held at once.
create function interlock.run_data_page(p_execution_id uuid, p_after uuid, p_limit integer, p_bytes integer)
returns table (id uuid, input jsonb, output jsonb, left_out text[], is_last boolean)
language plpgsql stable set search_path = '' as $$
declare
    v_ids          uuid[];
    v_left         bigint := p_bytes;
    v_error_bytes  bigint;
    v_input_bytes  bigint;
    v_output_bytes bigint;
begin
    select array_agg(x.id order by x.id) into v_ids
    from (
        select a.id from interlock.assignments a
        where a.execution_id = p_execution_id and a.id > p_after
        order by a.id limit p_limit + 1
    ) x;
    for v_place in 1 .. least(p_limit, coalesce(cardinality(v_ids), 0)) loop
        exit when v_left <= 0;
        id := v_ids[v_place];
        select d.input, d.output, coalesce(octet_length(d.error::text), 0) into input, output, v_error_bytes
        from interlock.assignment_details d where d.execution_id = p_execution_id and d.id = v_ids[v_place];
        v_input_bytes := coalesce(octet_length(input::text), 0);
        v_output_bytes := 2 * coalesce(octet_length(output::text), 0);
        left_out := '{}';
        if v_output_bytes > p_bytes then
            left_out := left_out || 'output_data'::text;
            output := null;
            v_output_bytes := 0;
        end if;
        if v_input_bytes + v_output_bytes > p_bytes then
            left_out := left_out || 'input_data'::text;
            input := null;
            v_input_bytes := 0;
        end if;
        v_left := case when left_out = '{}' then v_left - v_error_bytes - v_input_bytes - v_output_bytes else -1 end;
        exit when v_left < 0 and v_place > 1;
        is_last := v_place = cardinality(v_ids);
        return next;
    end loop;
end $$;

-- Where a slot of a join is in another version: the connection between the same nodes from the same port. Null: nowhere.
create function interlock.slot_in_version(p_version_id integer, p_join_node integer, p_slot integer, p_other_id integer) returns integer
language sql stable as $$
    select case when p_version_id = p_other_id then p_slot else (
        select d.slot
        from interlock.connections c
        join interlock.nodes f on f.version_id = p_version_id and f.node_no = c.from_node
        join interlock.nodes j on j.version_id = p_version_id and j.node_no = c.to_node
        join interlock.nodes f2 on f2.version_id = p_other_id and f2.node_id = f.node_id
        join interlock.nodes j2 on j2.version_id = p_other_id and j2.node_id = j.node_id and j2.join_kind <> 'each'
        join interlock.connections d on d.version_id = p_other_id and d.from_node = f2.node_no and d.to_node = j2.node_no and d.port = c.port
            and d.type = 'MAIN'
        where c.version_id = p_version_id and c.to_node = p_join_node and c.slot = p_slot and c.type = 'MAIN'
        order by d.connection_no limit 1) end
$$;

-- Of late marks, those for visits that have gone in this execution; null when none is left. Caller: take_over, which may have left visits out.
create function interlock.standing_marks(p_execution_id uuid, p_marks jsonb) returns jsonb language sql stable as $$
    select pg_catalog.jsonb_object_agg(m.key, m.value)
    from pg_catalog.jsonb_each(p_marks) m
    where exists (
        select from interlock.assignments j
        where j.execution_id = p_execution_id and j.node_no = m.key::integer and j.visit = (m.value #>> '{}')::integer
            and j.parent_assignment_id is null and j.status <> 'holding')
$$;

-- Starts executions of one workflow, given by name or id, as many as are given.
-- Transition: (new) -> pending | running | waiting | completed | failed.
-- Caller:  anyone who may run the workflow.
-- Locks:   only the rows that it makes.
-- Errors:  IL005 workflow_not_found, IL006 version_not_found, IL007 trigger_not_found, IL013 bad_request. A single one that is not of the form
--          {"input", "idempotency_key", "subject", "trace_parent"} is answered with an error in its place.
-- A repeat with the same idempotency key answers with the execution that there is, and starts nothing.
create function interlock.start_executions(p_workflow text, p_executions jsonb, p_version integer default null, p_trigger text default null)
returns json
language plpgsql set search_path = '' as $$
declare
    v_now      timestamptz := interlock.now();
    v_workflow uuid := interlock.find_workflow(p_workflow);
    v_version  record;
    v_asked    record;
    v_made     record;
    v_at_once  boolean;                                                   -- START needs neither a lock nor a cron
    v_progress interlock.progress;
begin
    perform interlock.require_read_committed();
    if jsonb_typeof(p_executions) is distinct from 'array' or jsonb_array_length(p_executions) > 10000 then
        perform interlock.raise_error('IL013', 'Executions to start are given as an array of at most 10000.');
    end if;
    select v.id, v.workflow_id, v.version, v.lock_program, v.timeout_seconds, v.virtual_users, n.node_no as start_node, n.is_indexed into v_version
    from interlock.workflows w
    join interlock.workflow_versions v on v.workflow_id = w.id and v.version = coalesce(p_version, w.current_version)
    left join lateral (
        select t.node_no, t.is_indexed from interlock.nodes t
        where t.version_id = v.id and t.kind = 'start' and (p_trigger is null and t.subtype = 'MANUAL' or t.node_id = p_trigger)
        order by t.node_no limit 1
    ) n on true
    where w.id = v_workflow;
    if not found then
        if v_workflow is not null then
            perform interlock.raise_error('IL006', format('The workflow %s has no version %s.', p_workflow, p_version));
        end if;
        perform interlock.raise_error('IL005', format('There is no workflow %s.', p_workflow), p_hint => 'Deploy it first: interlock deploy FILE.');
    elsif v_version.start_node is null then
        perform interlock.raise_error('IL007', format('The workflow %s has no trigger %s.', p_workflow, coalesce(p_trigger, 'TRIGGER_NODE/MANUAL')));
    end if;
    v_at_once := v_version.lock_program is null and v_version.virtual_users = 'inline';

    select array_agg(a.id) as ids, array_agg(a.start_id) as start_ids, array_agg(a.input) as inputs, array_agg(a.idempotency_key) as keys,
           array_agg(a.subject) as subjects, array_agg(a.trace_parent) as trace_parents, array_agg(a.lock_key) as lock_keys,
           array_agg(interlock.refusal_to_start(
               a.input, a.idempotency_key, a.subject, v_version.lock_program is not null and a.lock_key is null)) as refusals
    into v_asked
    from (
        select x.*, case when v_version.lock_program is not null
                   then interlock.lock_key_of(v_version.lock_program, x.input, '{}', x.subject, x.id) end as lock_key
        from (
            select interlock.uuidv7() as id, interlock.uuidv7() as start_id,
                   case when jsonb_typeof(i.item) = 'object' then case
                       when jsonb_typeof(i.item -> 'input') = 'object' then i.item -> 'input'
                       when coalesce(i.item -> 'input', 'null') = 'null' then '{}'
                       else jsonb_build_object('value', i.item -> 'input') end end as input,
                   i.item ->> 'idempotency_key' as idempotency_key, i.item ->> 'subject' as subject,
                   left(i.item ->> 'trace_parent', 55) as trace_parent
            from jsonb_array_elements(p_executions) with ordinality i (item, ord)
            order by i.ord
        ) x
    ) a;

    insert into interlock.executions (id, version_id, workflow_id, status, input, subject, idempotency_key, lock_key, trace_parent, created_at,
        started_at, deadline_at, change_number)
    select k.id, v_version.id, v_version.workflow_id, case when v_at_once then 'running' else 'pending' end, k.input, k.subject,
           k.idempotency_key, k.lock_key, k.trace_parent, v_now, case when v_at_once then v_now end,
           v_now + make_interval(secs => v_version.timeout_seconds), nextval('interlock.change_numbers')
    from unnest(v_asked.ids, v_asked.inputs, v_asked.keys, v_asked.subjects, v_asked.lock_keys, v_asked.trace_parents, v_asked.refusals)
        k (id, input, idempotency_key, subject, lock_key, trace_parent, refusal)
    where k.refusal is null
    on conflict (workflow_id, idempotency_key) where idempotency_key is not null do nothing;

    select array_agg(k.id) as executions, array_agg(k.start_id) as starts, array_agg(k.lock_key) as lock_keys into v_made
    from unnest(v_asked.ids, v_asked.start_ids, v_asked.lock_keys) k (id, start_id, lock_key)
    where exists (select from interlock.executions e where e.id = k.id);

    insert into interlock.assignments (execution_id, id, version_id, node_no, visit, status, is_indexed, due_at, lock_key, change_number,
        created_at, started_at, ended_at)
    select k.id, k.start_id, v_version.id, v_version.start_node, 1, case when v_at_once then 'completed' else 'pending' end, v_version.is_indexed,
           case when not v_at_once then v_now end, k.lock_key, nextval('interlock.change_numbers'), v_now, v_now, case when v_at_once then v_now end
    from unnest(v_made.executions, v_made.starts, v_made.lock_keys) k (id, start_id, lock_key);

    if v_made.executions is not null and v_at_once then
        v_progress := interlock.advance(v_made.executions, v_made.executions, v_made.starts, null, v_now);
        perform interlock.wake_workers(v_progress.pending_queues);
    elsif v_made.executions is not null then
        perform interlock.wake_workers(array[null::text]);
    end if;
    return (
        select coalesce(json_agg(case
            when k.refusal is not null then json_build_object('error', k.refusal)
            when k.idempotency_key is null then json_build_object('execution_id', k.id, 'created', true)
            else (
                select json_build_object('execution_id', e.id, 'created', e.id = k.id)
                from interlock.executions e
                where e.workflow_id = v_version.workflow_id and e.idempotency_key = k.idempotency_key) end order by k.ord), '[]')
        from unnest(v_asked.ids, v_asked.keys, v_asked.refusals) with ordinality k (id, idempotency_key, refusal, ord));
end $$;

-- Stops an execution: nothing pending in it is claimed any more. What runs may finish, answers still arrive, and what follows is created suspended.
-- Transition: none of the status; suspended_at is set. Caller: an operator.
-- Locks:   the execution. Errors: IL001, IL009 execution_ended. A repeat changes nothing.
create function interlock.suspend(p_execution_id uuid, p_by text default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now       timestamptz := interlock.now();
    v_execution interlock.executions := interlock.lock_execution(p_execution_id);
begin
    if v_execution.ended_at is not null then
        perform interlock.raise_error('IL009', format('The execution %s has %s already.', p_execution_id, v_execution.status));
    elsif v_execution.suspended_at is null then
        update interlock.executions e
        set suspended_at = v_now, suspended_by = coalesce(p_by, session_user), change_number = nextval('interlock.change_numbers')
        where e.id = p_execution_id;
        update interlock.assignments a set suspended = true, change_number = nextval('interlock.change_numbers')
        where a.execution_id = p_execution_id and a.ended_at is null and a.status = 'pending' and not a.suspended;
        insert into interlock.audit_log (at, actor, action, execution_id) values (v_now, coalesce(p_by, session_user), 'suspend', p_execution_id);
    end if;
    return jsonb_build_object('execution_id', p_execution_id, 'status', v_execution.status, 'suspended_at', coalesce(v_execution.suspended_at, v_now),
        'changed', v_execution.suspended_at is null);
end $$;

-- Fills a new execution with what an old one had come to. Ids stay, so what led to what stays true; outputs stay where they are and are referred to.
-- Transition: (new) -> any status. Caller: retry, with both executions locked.
-- What held a lock while it waited asks for it again. p_again begin anew; p_dropped are left out, but joins among them keep the tokens that others brought.
create function interlock.take_over(
    p_old uuid, p_new uuid, p_version_id integer, p_again uuid[], p_dropped uuid[], p_now timestamptz
) returns void
language plpgsql set search_path = '' as $$
begin
    insert into interlock.tokens (execution_id, join_node, visit, slot, from_assignment_id, late, late_for, token_number)
    select p_new, interlock.node_in_version(e.version_id, t.join_node, p_version_id), t.visit,
           interlock.slot_in_version(e.version_id, t.join_node, t.slot, p_version_id), t.from_assignment_id,
           t.late and not exists (                                        -- what it was too late for is left out
               select from interlock.assignments j
               where j.execution_id = p_old and j.node_no = t.join_node and j.visit = t.visit and j.id = any (p_dropped)),
           interlock.marks_in_version(t.late_for, e.version_id, p_version_id), t.token_number
    from interlock.tokens t
    join interlock.executions e on e.id = t.execution_id
    where t.execution_id = p_old and t.from_assignment_id <> all (p_dropped) and (t.from_assignment_id <> all (p_again));

    insert into interlock.assignments (execution_id, id, version_id, node_no, visit, attempt, rounds, status, is_indexed, ordered, queue, due_at, wait_for,
        assigned_to, previous_assignment_id, parent_assignment_id, ports, output, source_execution_id, source_id, error, late_for, lock_key,
        change_number, created_at, started_at, ended_at)
    select p_new, a.id, p_version_id, n.node_no, a.visit, case when s.status = 'pending' and not s.anew then a.attempt else 1 end, a.rounds, s.status,
           n.is_indexed, n.ordered,
           case when s.status = 'holding' or s.status = 'pending' and n.kind = 'worker' or s.was_queued then n.queue end,
           case s.status when 'pending' then case when s.anew then p_now else greatest(p_now, coalesce(nullif(s.due_at, 'infinity'), p_now)) end
                         when 'waiting' then s.due_at end,
           case when s.status = 'waiting' then s.wait_for end,
           a.assigned_to, a.previous_assignment_id, a.parent_assignment_id,
           case when s.is_kept then a.ports end,
           case when s.status = 'waiting' then a.output end,
           case when s.is_kept and (a.output is not null or a.source_id is not null) or s.status = 'waiting' and a.source_id is not null
               then coalesce(a.source_execution_id, p_old) end,
           case when s.is_kept or s.status = 'waiting' then case when a.output is not null and s.is_kept then a.id else a.source_id end end,
           case when s.is_kept or not s.anew and s.status = 'pending' and a.attempt > 1 then a.error end,
           interlock.marks_in_version(a.late_for, a.version_id, p_version_id),
           case when s.status in ('pending', 'waiting') then a.lock_key end,
           nextval('interlock.change_numbers'), a.created_at,
           case when s.is_kept or s.status = 'waiting' then a.started_at end,
           case when s.is_kept then a.ended_at end
    from (
        select o.*,
               case
                   when o.id = any (p_again) then case
                       when o.error ->> 'code' = 'join_unfilled' or o.status = 'cancelled' and o.error ->> 'was' = 'holding' then 'holding'
                       else 'pending' end
                   when o.id = any (p_dropped) then 'holding'
                   when o.status = 'cancelled' and o.error ->> 'code' = 'execution_ended'
                       then case when o.error ->> 'was' = 'running' or o.lock_key is not null then 'pending' else o.error ->> 'was' end
                   else o.status end as new_status
        from interlock.assignments o
        where o.execution_id = p_old
    ) a
    join interlock.nodes n on n.version_id = p_version_id and n.node_no = interlock.node_in_version(a.version_id, a.node_no, p_version_id)
    cross join lateral (
        select a.new_status as status,
               a.new_status in ('completed', 'failed', 'cancelled') as is_kept,
               a.id = any (p_again) as anew,
               case when a.error ->> 'was' <> 'running' and a.lock_key is null then (a.error ->> 'due_at')::timestamptz end as due_at,   -- not an old limit
               coalesce(a.error ->> 'wait_for', 'time') as wait_for,
               a.status = 'cancelled' and a.queue is not null as was_queued
    ) s
    where a.id <> all (p_dropped) or exists (
        select from interlock.tokens t
        where t.execution_id = p_new and t.join_node = n.node_no and t.visit = a.visit and not t.late
    ) and n.join_kind <> 'each';

    update interlock.assignments a set late_for = interlock.standing_marks(p_new, a.late_for) where a.execution_id = p_new and a.late_for is not null;
    update interlock.tokens t set late_for = interlock.standing_marks(p_new, t.late_for) where t.execution_id = p_new and t.late_for is not null;
end $$;

-- Assignments that were done when their execution ended, and for that reason did not leave: nothing came of them although a connection leads on.
-- Caller: retry. In the order in which they were done; null where there are none.
create function interlock.unsent_assignments(p_execution_id uuid, p_except uuid[]) returns uuid[] language sql stable as $$
    select pg_catalog.array_agg(a.id order by a.change_number)
    from interlock.assignments a
    where a.execution_id = p_execution_id and a.parent_assignment_id is null and a.id <> all (p_except)
        and (a.status = 'completed' or a.status in ('failed', 'cancelled') and a.output is not null)
        and exists (
            select from interlock.connections c
            where c.version_id = a.version_id and c.from_node = a.node_no and c.type = 'MAIN'
                and c.port = any (coalesce(a.ports, '{main}')))
        and not exists (
            select from interlock.assignments b where b.execution_id = a.execution_id and b.previous_assignment_id = a.id)
        and not exists (
            select from interlock.tokens t where t.execution_id = a.execution_id and t.from_assignment_id = a.id)
$$;

-- Ends one visit; the rest of its execution goes on by the node's error policy. What the worker may still say of it is fenced off.
-- Transition: holding, pending, running, waiting -> cancelled.
-- Caller:  an operator. Locks: the execution.
-- Errors:  IL001. A repeat, or a visit that has ended otherwise, changes nothing and answers with its status.
create function interlock.cancel_assignment(p_execution_id uuid, p_assignment_id uuid, p_reason text default '', p_by text default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now        timestamptz := interlock.now();
    v_execution  interlock.executions := interlock.lock_execution(p_execution_id);
    v_assignment interlock.assignments;
    v_on_error   text;
    v_wave       interlock.wave;
    v_progress   interlock.progress;
    v_error      jsonb := jsonb_build_object('code', 'cancelled', 'message', coalesce(p_reason, ''), 'by', p_by, 'retryable', false);
begin
    select * into v_assignment from interlock.assignments a where a.execution_id = p_execution_id and a.id = p_assignment_id;
    if not found then
        perform interlock.raise_error('IL001', format('The execution %s has no assignment %s.', p_execution_id, p_assignment_id));
    elsif v_assignment.ended_at is not null then
        return jsonb_build_object('assignment_id', p_assignment_id, 'status', v_assignment.status, 'changed', false);
    end if;
    perform interlock.cancel_assignments(array[p_execution_id], array[p_assignment_id], v_error, v_now);
    insert into interlock.audit_log (at, actor, action, execution_id, details)
    values (v_now, coalesce(p_by, session_user), 'cancel_assignment', p_execution_id,
        jsonb_build_object('assignment_id', p_assignment_id, 'reason', p_reason));

    select n.on_error into v_on_error from interlock.nodes n where n.version_id = v_assignment.version_id and n.node_no = v_assignment.node_no;
    if v_on_error = 'fail' then
        v_wave.ended_executions := array[p_execution_id];
        v_wave.ended_by := array[p_assignment_id];
        v_wave.ended_errors := array[v_error];
    else
        update interlock.assignments a
        set output = jsonb_build_object('error', v_error), ports = case v_on_error when 'port' then '{error}'::text[] end
        where a.execution_id = p_execution_id and a.id = p_assignment_id;
        v_wave.frontier_executions := array[p_execution_id];
        v_wave.frontier_assignments := array[p_assignment_id];
    end if;
    v_progress := interlock.go_on(array[p_execution_id], v_wave, null, v_now);
    perform interlock.wake_workers(v_progress.pending_queues);
    return jsonb_build_object('assignment_id', p_assignment_id, 'status', 'cancelled', 'changed', true);
end $$;

-- Takes one assignment that was lost with two workers already, if this worker runs nothing else; else lets it run dry.
-- Transition: pending -> running.
-- Caller:  claim_assignments. Locks: as there.
create function interlock.claim_alone(
    p_worker_id uuid, p_request bigint, p_queues text[], p_rooms integer[], p_busy boolean, p_now timestamptz,
    out claimed_execution uuid, out claimed_assignment uuid, out drained boolean
)
language plpgsql set search_path = '' as $$
declare
    v_due record;
begin
    drained := false;
    select a.execution_id, a.id, a.due_at, a.lock_key, n.timeout_seconds into v_due
    from unnest(p_queues, p_rooms) q (queue, room)
    join interlock.assignments a on a.queue = q.queue
    join interlock.executions e on e.id = a.execution_id
    join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
    where q.room > 0 and a.status = 'pending' and not a.suspended and a.queue is not null and (a.lock_key is not null or a.loss_count >= 2)
        and a.loss_count >= 2 and a.due_at <= p_now
    order by a.due_at
    limit 1
    for no key update of a, e skip locked;
    if not found then
        return;
    end if;
    if p_busy or exists (select from interlock.assignments r where r.ended_at is null and r.status = 'running' and r.worker_id = p_worker_id) then
        drained := v_due.due_at <= p_now - interval '5 seconds';
        return;
    end if;
    if v_due.lock_key is not null and not interlock.may_hold_lock(v_due.lock_key, v_due.execution_id, v_due.id, p_now) then
        return;
    end if;
    update interlock.assignments a
    set status = 'running', worker_id = p_worker_id, claim_request = p_request, started_at = p_now,
        due_at = p_now + make_interval(secs => v_due.timeout_seconds), change_number = nextval('interlock.change_numbers')
    where a.execution_id = v_due.execution_id and a.id = v_due.id;
    update interlock.exchanges x
    set alone_execution_id = v_due.execution_id, alone_assignment_id = v_due.id
    where x.worker_id = p_worker_id;
    claimed_execution := v_due.execution_id;
    claimed_assignment := v_due.id;
    drained := true;
end $$;

-- Takes due assignments, oldest first, from each queue in which there is room.
-- Transition: pending -> running.
-- Caller:  exchange_all.
-- Locks:   the execution and the assignment of each, skip locked; waits for nothing.
-- p_busy: the worker was handed something in this exchange already. p_special: something due needs a lock or has to run alone.
create function interlock.claim_assignments(
    p_worker_id uuid, p_request bigint, p_queues text[], p_rooms integer[], p_busy boolean, p_special boolean, p_now timestamptz,
    out claimed_executions uuid[], out claimed_assignments uuid[], out open_queues text[]
)
language plpgsql set search_path = '' as $$
declare
    v_executions  uuid[];
    v_assignments uuid[];
    v_room        integer;
    v_alone       record;
    v_locked      record;
begin
    open_queues := '{}';
    if p_special then
        select * into v_alone from interlock.claim_alone(p_worker_id, p_request, p_queues, p_rooms, p_busy, p_now);
        if v_alone.drained then
            claimed_executions := v_alone.claimed_execution || claimed_executions;
            claimed_assignments := v_alone.claimed_assignment || claimed_assignments;
            return;
        end if;
    end if;
    for v_queue in 1 .. coalesce(cardinality(p_queues), 0) loop
        v_room := p_rooms[v_queue];
        continue when v_room <= 0;
        if exists (
            select from interlock.assignments a
            where a.status = 'pending' and not a.suspended and a.queue is not null and a.lock_key is null and a.loss_count < 2
                and a.queue = p_queues[v_queue] and a.due_at <= p_now)
        then
            with due as materialized (
                select a.execution_id, a.id
                from interlock.assignments a
                join interlock.executions e on e.id = a.execution_id
                where a.status = 'pending' and not a.suspended and a.queue is not null and a.lock_key is null and a.loss_count < 2
                    and a.queue = p_queues[v_queue] and a.due_at <= p_now
                order by a.due_at
                limit v_room
                for no key update of a, e skip locked
            ), claimed as (
                update interlock.assignments a
                set status = 'running', worker_id = p_worker_id, claim_request = p_request, started_at = p_now,
                    due_at = p_now + make_interval(secs => (
                        select n.timeout_seconds from interlock.nodes n where n.version_id = a.version_id and n.node_no = a.node_no)),
                    change_number = nextval('interlock.change_numbers')
                from due d
                where a.execution_id = d.execution_id and a.id = d.id
                returning a.execution_id, a.id
            )
            select array_agg(c.execution_id), array_agg(c.id) into v_executions, v_assignments from claimed c;
            claimed_executions := claimed_executions || v_executions;
            claimed_assignments := claimed_assignments || v_assignments;
            v_room := v_room - coalesce(cardinality(v_executions), 0);
        end if;
        if v_room > 0 and p_special then
            select * into v_locked from interlock.claim_locked(p_worker_id, p_request, p_queues[v_queue], v_room, p_now);
            claimed_executions := claimed_executions || v_locked.claimed_executions;
            claimed_assignments := claimed_assignments || v_locked.claimed_assignments;
            v_room := v_room - coalesce(cardinality(v_locked.claimed_executions), 0);
        end if;
        if v_room > 0 then
            open_queues := open_queues || p_queues[v_queue];
        end if;
    end loop;
end $$;

-- Takes due assignments that need a lock, where it is free; the others stand back until it is.
-- Transition: pending -> running.
-- Caller:  claim_assignments. Locks: the execution, the assignment and the key's row of each, skip locked.
create function interlock.claim_locked(
    p_worker_id uuid, p_request bigint, p_queue text, p_room integer, p_now timestamptz,
    out claimed_executions uuid[], out claimed_assignments uuid[]
)
language plpgsql set search_path = '' as $$
declare
    v_due record;
begin
    for v_due in
        select a.execution_id, a.id, a.lock_key, n.timeout_seconds
        from interlock.assignments a
        join interlock.executions e on e.id = a.execution_id
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
        where a.queue = p_queue and a.status = 'pending' and not a.suspended and a.queue is not null
            and (a.lock_key is not null or a.loss_count >= 2) and a.lock_key is not null and a.loss_count < 2 and a.due_at <= p_now
        order by a.due_at
        limit p_room
        for no key update of a, e skip locked
    loop
        if interlock.may_hold_lock(v_due.lock_key, v_due.execution_id, v_due.id, p_now) then
            update interlock.assignments a
            set status = 'running', worker_id = p_worker_id, claim_request = p_request, started_at = p_now,
                due_at = p_now + make_interval(secs => v_due.timeout_seconds), change_number = nextval('interlock.change_numbers')
            where a.execution_id = v_due.execution_id and a.id = v_due.id;
            claimed_executions := claimed_executions || v_due.execution_id;
            claimed_assignments := claimed_assignments || v_due.id;
        else
            update interlock.assignments a set due_at = 'infinity' where a.execution_id = v_due.execution_id and a.id = v_due.id;
        end if;
    end loop;
end $$;

-- exchange: a worker reports finished assignments and takes due ones, in one round trip.
-- Transition: running -> completed | failed | waiting | pending, and their executions go on; pending -> running for what is claimed.
-- Caller:  a worker. A repeat with the same request number answers the same and changes nothing.
-- Locks:   an advisory transaction lock on the worker's id; the executions reported on, by id, skip locked (a third try waits); what is claimed, skip locked.
-- Errors:  IL010 worker_unknown, IL011 worker_lost, IL012 request_out_of_order, IL013 bad_request, IL091.
-- Answers, one per result: ok, repeated, busy (send again), IL001 assignment_not_found, IL002 assignment_lost,
--          IL004 result_malformed, IL099 internal_error (its execution could not be moved, and has failed).
-- p_limits: how many the worker can take now, a queue. 8 MiB of compact JSON are at most 12 MiB here, where it is printed with blanks.
create function interlock.exchange(p_worker_id uuid, p_request bigint, p_results jsonb, p_queues text[], p_limits integer[]) returns json
language plpgsql set search_path = '' as $$
declare
    v_now      timestamptz := interlock.now();
    v_exchange interlock.exchanges;
    v_status   text;
    v_outcome  interlock.exchange_outcome;
begin
    perform interlock.require_read_committed();
    if jsonb_typeof(p_results) is distinct from 'array' then
        perform interlock.raise_error('IL013', 'The results are given as an array.');
    elsif jsonb_array_length(p_results) > 1000 or pg_column_size(p_results) > 8388608 and octet_length(p_results::text) > 12582912 then
        perform interlock.raise_error('IL013', 'One exchange takes at most 1000 results, of 8 MiB of JSON text together.', p_hint => 'Send them in several.');
    elsif p_request is null then
        perform interlock.raise_error('IL013', 'An exchange needs the number of its request.');
    end if;
    if cardinality(p_queues) is distinct from cardinality(p_limits) or 0 > any (p_limits) or array_position(p_limits, null) is not null then
        perform interlock.raise_error('IL013', 'Each queue needs a limit of 0 or more.');
    end if;
    perform pg_advisory_xact_lock(hashtextextended(p_worker_id::text, 0));  -- no row lock: an idle exchange writes nothing
    select * into v_exchange from interlock.exchanges x where x.worker_id = p_worker_id;
    select w.status into v_status from interlock.workers w where w.id = p_worker_id;
    if v_status is null then
        perform interlock.raise_error('IL010', format('No worker %s is registered.', p_worker_id), p_hint => 'Call register_worker first.');
    elsif v_status <> 'alive' then
        perform interlock.raise_error('IL011', format('The worker %s was given up (%s).', p_worker_id, v_status),
            p_hint => 'Drop its work and register under a new id.');
    elsif p_request < v_exchange.last_request then
        perform interlock.raise_error('IL012', format('Request %s came after request %s.', p_request, v_exchange.last_request));
    elsif p_request = v_exchange.last_request then
        return interlock.reply_of(v_exchange.answers, jsonb_array_length(p_results), p_worker_id, p_request, p_queues, v_now);
    end if;

    begin
        v_outcome := interlock.exchange_all(p_worker_id, p_request, p_results, p_queues, p_limits, v_exchange.handed_over,
            v_exchange.alone_assignment_id is not null, v_now);
    exception when others then
        if interlock.is_passing_error(sqlstate) then
            raise;
        end if;
        raise warning 'interlock.exchange: % (%), now one result at a time', sqlerrm, sqlstate;
        v_outcome := interlock.exchange_one_by_one(p_worker_id, p_request, p_results, p_queues, p_limits, v_exchange.handed_over,
            v_exchange.alone_assignment_id is not null, v_now);
    end;

    if jsonb_array_length(p_results) > 0 or v_outcome.claimed_executions is not null
            or v_exchange.queues is distinct from v_outcome.open_queues then
        update interlock.exchanges x
        set last_request = p_request, answers = v_outcome.answers, queues = v_outcome.open_queues, handed_over = v_outcome.handed_over
        where x.worker_id = p_worker_id;
    end if;
    perform interlock.wake_workers(v_outcome.pending_queues, p_worker_id);
    return interlock.reply(v_outcome.answers, jsonb_array_length(p_results), v_outcome.claimed_executions, v_outcome.claimed_assignments,
        case when v_outcome.claimed_executions is null then p_queues end, v_now);
end $$;

-- The body of exchange for all results together.
-- Caller:  exchange, exchange_one_by_one. p_alone: the worker has been given something to run alone; it may still run it.
create function interlock.exchange_all(
    p_worker_id uuid, p_request bigint, p_results jsonb, p_queues text[], p_limits integer[], p_handed_over integer, p_alone boolean, p_now timestamptz
) returns interlock.exchange_outcome
language plpgsql set search_path = '' as $$
declare
    v_outcome    interlock.exchange_outcome;
    v_results    interlock.results;
    v_executions uuid[];
    v_locked     uuid[];
    v_recorded   record;
    v_progress   interlock.progress;
    v_claim      record;
    v_special    boolean := interlock.has_special_work(p_queues, p_now);
    v_no_hand_over boolean := p_handed_over >= 5000                       -- the oldest due one comes first now and then
        or p_alone and interlock.works_alone(p_worker_id) or v_special and interlock.has_lonely_work(p_queues, p_now);
begin
    v_progress.rooms := p_limits;
    if jsonb_array_length(p_results) > 0 then
        v_results := interlock.parse_results(p_results);
        v_executions := array(select distinct r.id from unnest(v_results.executions) r (id) where r.id is not null);
        v_locked := interlock.lock_executions(v_executions, array(
            select r.id from unnest(v_results.executions, v_results.tries) r (id, tries) where r.tries >= 3));
        v_recorded := interlock.record_results(p_worker_id, v_results, v_locked, cardinality(v_locked) = cardinality(v_executions), p_now);
        v_outcome.answers := v_recorded.answers;
        v_outcome.pending_queues := (v_recorded.wave).pending_queues;
        v_progress := interlock.go_on(v_locked, v_recorded.wave,
            row(p_worker_id, p_request, p_queues, case when v_no_hand_over
                then array_fill(0, array[cardinality(p_limits)]) else p_limits end)::interlock.taker, p_now);
        if v_no_hand_over then
            v_progress.rooms := p_limits;
        end if;
        v_outcome.pending_queues := v_outcome.pending_queues || v_progress.pending_queues;
    end if;

    v_outcome.claimed_executions := v_progress.handed_executions;
    v_outcome.claimed_assignments := v_progress.handed_assignments;
    v_outcome.handed_over := p_handed_over + coalesce(cardinality(v_progress.handed_executions), 0);
    if p_alone and interlock.works_alone(p_worker_id) then
        v_outcome.open_queues := '{}';
        return v_outcome;
    end if;
    select * into v_claim from interlock.claim_assignments(p_worker_id, p_request, p_queues, v_progress.rooms,
        v_outcome.claimed_executions is not null,
        v_special or v_progress.pending_queues is not null and interlock.has_special_work(p_queues, p_now), p_now);
    if v_claim.claimed_executions is not null then
        v_outcome.claimed_executions := v_outcome.claimed_executions || v_claim.claimed_executions;
        v_outcome.claimed_assignments := v_outcome.claimed_assignments || v_claim.claimed_assignments;
        v_outcome.handed_over := 0;
    end if;
    v_outcome.open_queues := v_claim.open_queues;
    return v_outcome;
end $$;

-- exchange, where something in the batch raised: each result in a step of its own; one that raises fails its execution and nothing else.
-- Caller:  exchange.
create function interlock.exchange_one_by_one(
    p_worker_id uuid, p_request bigint, p_results jsonb, p_queues text[], p_limits integer[], p_handed_over integer, p_alone boolean, p_now timestamptz
) returns interlock.exchange_outcome
language plpgsql set search_path = '' as $$
declare
    v_outcome interlock.exchange_outcome;
    v_step    interlock.exchange_outcome;
    v_result  jsonb;
    v_nobody  integer[] := array_fill(0, array[cardinality(p_limits)]);
begin
    for v_result in select jsonb_array_elements(p_results) loop
        begin
            v_step := interlock.exchange_all(p_worker_id, p_request, jsonb_build_array(v_result), p_queues, v_nobody, 0, p_alone, p_now);
            v_outcome.answers := v_outcome.answers || coalesce(v_step.answers, '{ok}');
            v_outcome.pending_queues := v_outcome.pending_queues || v_step.pending_queues;
        exception when others then
            if interlock.is_passing_error(sqlstate) then
                raise;
            end if;
            v_outcome.answers := v_outcome.answers || interlock.fail_broken_execution(
                interlock.uuid_or_null(v_result ->> 'execution_id'), sqlstate, sqlerrm, p_now);
        end;
    end loop;
    begin
        v_step := interlock.exchange_all(p_worker_id, p_request, '[]', p_queues, p_limits, p_handed_over, p_alone, p_now);
        v_outcome.claimed_executions := v_step.claimed_executions;
        v_outcome.claimed_assignments := v_step.claimed_assignments;
        v_outcome.open_queues := v_step.open_queues;
        v_outcome.handed_over := v_step.handed_over;
    exception when others then
        if interlock.is_passing_error(sqlstate) then
            raise;
        end if;
        v_outcome.open_queues := p_queues;
        v_outcome.handed_over := p_handed_over;
        raise warning 'interlock.exchange: claiming raised % (%)', sqlerrm, sqlstate;
    end;
    return v_outcome;
end $$;

-- Whether something that has to run alone has been due for five seconds: workers then let their other work run dry.
create function interlock.has_lonely_work(p_queues text[], p_now timestamptz) returns boolean language plpgsql stable set search_path = '' as $$
begin
    return (
        select exists (
            select from pg_catalog.unnest(p_queues) q (queue)
            join interlock.assignments a on a.queue = q.queue
            where a.status = 'pending' and not a.suspended and a.queue is not null and (a.lock_key is not null or a.loss_count >= 2)
                and a.loss_count >= 2 and a.due_at <= p_now - interval '5 seconds'));
end $$;

-- Whether something is due in these queues that needs a lock or has to run alone. Mostly nothing is, and then nobody looks further.
create function interlock.has_special_work(p_queues text[], p_now timestamptz) returns boolean language plpgsql stable set search_path = '' as $$
begin
    return exists (
        select from interlock.assignments a
        where a.queue = any (p_queues) and a.status = 'pending' and not a.suspended and a.queue is not null
            and (a.lock_key is not null or a.loss_count >= 2) and a.due_at <= p_now);
end $$;

-- Finished assignments in the order reported, but visits of one ordered node after their lower ones. Caller: record_results.
create function interlock.in_order_of_visits(p_executions uuid[], p_assignments uuid[], out executions uuid[], out assignments uuid[])
language plpgsql stable set search_path = '' as $$
begin
    select array_agg(x.execution_id order by x.place, x.visit), array_agg(x.id order by x.place, x.visit) into executions, assignments
    from (
        select f.execution_id, f.id, a.visit,
               case when a.ordered then max(f.ord) over (partition by a.execution_id, a.node_no order by a.visit) else f.ord end as place
        from unnest(p_executions, p_assignments) with ordinality f (execution_id, id, ord)
        join interlock.assignments a on a.execution_id = f.execution_id and a.id = f.id
    ) x;
end $$;

-- Whether a finished visit of an ordered node has to wait for an earlier one that does not end in the same exchange.
create function interlock.is_parked_by_order(p_results interlock.results, p_execution_id uuid, p_node_no integer, p_visit integer) returns boolean
language plpgsql stable set search_path = '' as $$
begin
    return (
        select exists (
            select from interlock.assignments b
            join interlock.nodes o on o.version_id = b.version_id and o.node_no = b.node_no and o.ordered
            where b.execution_id = p_execution_id and b.node_no = p_node_no and b.is_indexed and b.parent_assignment_id is null
                and b.visit < p_visit and b.ended_at is null
                and not exists (
                    select from unnest((p_results).executions, (p_results).assignments, (p_results).outcomes, (p_results).errors)
                        r (execution_id, id, outcome, error)
                    join interlock.nodes n on n.version_id = b.version_id and n.node_no = b.node_no
                    where r.execution_id = b.execution_id and r.id = b.id and b.status = 'running'
                        and (r.outcome = 'completed'
                            or r.outcome = 'failed' and (r.error -> 'retryable' = 'false' or b.attempt >= n.max_attempts)))));
end $$;

-- Errors of the moment, which a second try of the whole call may not meet: connections, locks, resources, shutdown.
create function interlock.is_passing_error(p_sqlstate text) returns boolean language sql immutable as $$
    select pg_catalog.left(p_sqlstate, 2) in ('08', '40', '53', '55', '57', '58')
$$;

-- Whether what a worker says that an assignment waits for is of the form: nothing, or an object with a known `for` and a sensible delay.
create function interlock.is_wait(p_wait jsonb) returns boolean language sql immutable as $$
    select p_wait is null or pg_catalog.jsonb_typeof(p_wait) = 'null' or pg_catalog.jsonb_typeof(p_wait) = 'object'
        and coalesce(p_wait ->> 'for', 'time') in ('time', 'person', 'signal', 'callback')
        and case pg_catalog.jsonb_typeof(p_wait -> 'seconds')
            when 'number' then (p_wait ->> 'seconds')::numeric between -3153600000 and 3153600000
            when 'null' then true
            else p_wait -> 'seconds' is null end
$$;

-- The answer to each result of an exchange in which not all went well. p_done: places in it that were recorded.
-- No exists(): it may be planned as a hash of the whole table.
-- Results that say "failed" are judged, not recorded: ok means that they may be.
create function interlock.judge_results(p_worker_id uuid, p_results interlock.results, p_locked uuid[], p_done integer[]) returns text[]
language plpgsql stable set search_path = '' as $$
begin
    return (
        select pg_catalog.array_agg(case
            when r.outcome is null then 'IL004'
            when r.ord = any (p_done) then 'ok'
            when not r.execution_id = any (p_locked) then
                case when (select true from interlock.executions e where e.id = r.execution_id limit 1) then 'busy' else 'IL001' end
            when a.id is null then 'IL001'
            when a.status = 'running' and a.worker_id = p_worker_id and a.attempt = r.attempt and r.outcome = 'failed' and r.nth = 1 then 'ok'
            when a.worker_id = p_worker_id and a.attempt = r.attempt and a.status <> 'cancelled' and (
                select true from interlock.assignment_attempts t
                where t.execution_id = a.execution_id and t.assignment_id = a.id and t.attempt = a.attempt and t.outcome = 'timed_out'
                limit 1) is null
            then 'repeated'
            else 'IL002' end order by r.ord)
        from (
            select u.*, pg_catalog.row_number() over (partition by u.execution_id, u.id, u.attempt order by u.ord) as nth
            from unnest((p_results).executions, (p_results).assignments, (p_results).attempts, (p_results).outcomes) with ordinality
                u (execution_id, id, attempt, outcome, ord)
        ) r
        left join interlock.assignments a on a.execution_id = r.execution_id and a.id = r.id);
end $$;

-- Locks executions by id; those that another transaction holds are passed over, unless p_waiting names them.
-- Caller: whoever changes assignments. Gives back those that are locked now.
create function interlock.lock_executions(p_executions uuid[], p_waiting uuid[] default '{}') returns uuid[]
language plpgsql set search_path = '' as $$
begin
    if cardinality(p_waiting) > 0 then
        perform from interlock.executions e where e.id = any (p_waiting) order by e.id for no key update;
    end if;
    return array(
        select e.id from interlock.executions e where e.id = any (p_executions) order by e.id for no key update skip locked);
end $$;

-- In how many seconds the next thing is due that a worker of these queues can claim or that a tick would move; null: nothing is known to come.
create function interlock.next_due_seconds(p_queues text[], p_now timestamptz) returns double precision language plpgsql stable set search_path = '' as $$
begin
    return least(
        interlock.next_tick_seconds(p_now),
        (select case when q.due_at <= p_now then 0 else extract(epoch from q.due_at - p_now)::double precision end
         from (
             select min(first.due_at) as due_at
             from pg_catalog.unnest(p_queues) u (queue)
             cross join lateral (
                 select a.due_at from interlock.assignments a
                 where a.queue = u.queue and a.status = 'pending' and not a.suspended and a.queue is not null and a.lock_key is null
                     and a.loss_count < 2 and a.due_at < 'infinity'
                 order by a.due_at limit 1
             ) first
         ) q));
end $$;

-- What expressions see as nodes: by node id, the output of its latest completed visit. p_needs null: all nodes.
create function interlock.node_outputs(p_execution_id uuid, p_version_id integer, p_needs integer[]) returns jsonb language plpgsql stable set search_path = '' as $$
begin
    return (
        select coalesce(pg_catalog.jsonb_object_agg(n.node_id, pg_catalog.jsonb_build_object(
            'output', interlock.output_of(p_execution_id, v.id), 'visit', v.visit, 'status', v.status)), '{}')
        from interlock.nodes n
        cross join lateral (
            select a.id, a.visit, a.status
            from interlock.assignments a
            where a.execution_id = p_execution_id and a.node_no = n.node_no and a.is_indexed = n.is_indexed and a.parent_assignment_id is null
                and a.status in ('completed', 'failed')
            order by a.visit desc limit 1
        ) v
        where n.version_id = p_version_id and (p_needs is null or n.node_no = any (p_needs)));
end $$;

-- The results that a worker sent, column by column; a row that is not of the form has outcome null and spoils no other.
-- Caller: exchange. Changes nothing.
create function interlock.parse_results(p_results jsonb) returns interlock.results
language plpgsql stable set search_path = '' as $$
declare
    v_all interlock.results;
    v_row record;
    v_one jsonb;
begin
    begin
        select array_agg(r.execution_id), array_agg(r.assignment_id), array_agg(r.attempt), array_agg(
                   case when r.outcome in ('completed', 'failed', 'waiting', 'released') and r.execution_id is not null and r.assignment_id is not null
                       and (r.outcome <> 'waiting' or interlock.is_wait(r.wait)) then r.outcome end),
               array_agg(case when jsonb_typeof(r.output) = 'object' then r.output
                              when r.output is null then case when r.outcome = 'completed' then '{}'::jsonb end else jsonb_build_object('value', r.output) end),
               array_agg(r.port), array_agg(r.error), array_agg(r.wait), array_agg(r.context), array_agg(r.tries)
        into v_all
        from jsonb_to_recordset(p_results) r (execution_id uuid, assignment_id uuid, attempt integer, outcome text, output jsonb, port jsonb,
            error jsonb, wait jsonb, context jsonb, tries integer);
        return v_all;
    exception when data_exception then
        v_all := null;
    end;

    for v_one in select jsonb_array_elements(case when jsonb_typeof(p_results) = 'array' then p_results else jsonb_build_array(p_results) end) loop
        begin
            select r.* into v_row
            from jsonb_to_record(v_one) r (execution_id uuid, assignment_id uuid, attempt integer, outcome text, output jsonb, port jsonb,
                error jsonb, wait jsonb, context jsonb, tries integer);
            if v_row.outcome not in ('completed', 'failed', 'waiting', 'released') or v_row.execution_id is null or v_row.assignment_id is null
                    or v_row.outcome = 'waiting' and not interlock.is_wait(v_row.wait) then
                v_row.outcome := null;
            end if;
        exception when data_exception then
            select null::uuid as execution_id, null::uuid as assignment_id, null::integer as attempt, null::text as outcome, null::jsonb as output,
                null::jsonb as port, null::jsonb as error, null::jsonb as wait, null::jsonb as context, null::integer as tries into v_row;
        end;
        v_all.executions := v_all.executions || v_row.execution_id;
        v_all.assignments := v_all.assignments || v_row.assignment_id;
        v_all.attempts := v_all.attempts || v_row.attempt;
        v_all.outcomes := v_all.outcomes || v_row.outcome;
        v_all.outputs := array_append(v_all.outputs, case when jsonb_typeof(v_row.output) = 'object' then v_row.output
            when v_row.output is null then case when v_row.outcome = 'completed' then '{}'::jsonb end else jsonb_build_object('value', v_row.output) end);
        v_all.ports := array_append(v_all.ports, v_row.port);
        v_all.errors := array_append(v_all.errors, v_row.error);
        v_all.waits := array_append(v_all.waits, v_row.wait);
        v_all.contexts := array_append(v_all.contexts, v_row.context);
        v_all.tries := v_all.tries || v_row.tries;
    end loop;
    return v_all;
end $$;

-- What a worker reports is written down, each row for itself.
-- Transition: running -> completed | failed | waiting | pending.
-- Caller:  exchange, which has locked p_locked.
-- Answers: ok, repeated, busy (send again), IL001 assignment_not_found, IL002 assignment_lost, IL004 result_malformed.
-- A repeat finds the assignment finished by the same worker and attempt and answers repeated.
create function interlock.record_results(
    p_worker_id uuid, p_results interlock.results, p_locked uuid[], p_all_locked boolean, p_now timestamptz,
    out answers text[], out wave interlock.wave
)
language plpgsql set search_path = '' as $$
declare
    v_count  integer := cardinality((p_results).outcomes);
    v_done   integer[];
    v_other  interlock.wave;
    v_ordered boolean;
    v_failed boolean := 'failed' = any ((p_results).outcomes);
    c_running constant text := 'running';                                 -- not a literal: no partial index is to be scanned for it
begin
    with reported as materialized (
        select r.*, case jsonb_typeof(r.port)
                   when 'array' then array(select jsonb_array_elements_text(r.port))
                   when 'string' then nullif(array[r.port #>> '{}'], '{main}') end as ports
        from unnest((p_results).executions, (p_results).assignments, (p_results).attempts, (p_results).outcomes, (p_results).outputs,
            (p_results).ports, (p_results).waits) with ordinality r (execution_id, id, attempt, outcome, output, port, wait, ord)
        where r.outcome in ('completed', 'waiting', 'released') and (p_all_locked or r.execution_id = any (p_locked))
    ), recorded as (
        update interlock.assignments a
        set status = case r.outcome
                when 'completed' then case when a.ordered and interlock.is_parked_by_order(p_results, a.execution_id, a.node_no, a.visit)
                    then 'waiting' else 'completed' end
                when 'waiting' then 'waiting' else 'pending' end,
            output = case r.outcome
                when 'completed' then r.output
                when 'waiting' then coalesce(r.output, interlock.input_of(a.execution_id, a.id)) end,
            ports = r.ports,
            source_execution_id = case when r.outcome = 'released' then a.source_execution_id end,
            source_id = case when r.outcome = 'released' then a.source_id end,
            due_at = case r.outcome
                when 'released' then p_now
                when 'waiting' then case
                    when jsonb_typeof(r.wait -> 'seconds') = 'number' then p_now + make_interval(secs => (r.wait ->> 'seconds')::double precision)
                    else coalesce(interlock.time_or_null(r.wait ->> 'until'),
                        case when coalesce(r.wait ->> 'for', 'time') = 'time' then p_now end) end
                end,
            wait_for = case r.outcome
                when 'waiting' then coalesce(r.wait ->> 'for', 'time')
                when 'completed' then case when a.ordered and interlock.is_parked_by_order(p_results, a.execution_id, a.node_no, a.visit)
                    then 'order' end
                end,
            worker_id = case when r.outcome <> 'released' then a.worker_id end,
            error = null,
            suspended = r.outcome = 'released' and (
                select e.suspended_at is not null from interlock.executions e where e.id = a.execution_id),
            ended_at = case when r.outcome = 'completed'
                and not (a.ordered and interlock.is_parked_by_order(p_results, a.execution_id, a.node_no, a.visit)) then p_now end,
            change_number = nextval('interlock.change_numbers')
        from reported r
        where a.execution_id = r.execution_id and a.id = r.id and a.attempt = r.attempt and a.worker_id = p_worker_id and a.status = c_running
        returning r.ord, a.execution_id, a.id, a.node_no, a.visit, a.status, a.queue, a.ordered
    )
    select array_agg(x.ord),
           array_agg(x.execution_id) filter (where x.status = 'completed'),
           array_agg(x.id) filter (where x.status = 'completed'),
           array_agg(distinct x.queue) filter (where x.status = 'pending'),
           bool_or(x.ordered)
    into v_done, wave.frontier_executions, wave.frontier_assignments, wave.pending_queues, v_ordered
    from (select c.* from recorded c order by c.ord) x;
    if v_ordered then
        select f.executions, f.assignments into wave.frontier_executions, wave.frontier_assignments
        from interlock.in_order_of_visits(wave.frontier_executions, wave.frontier_assignments) f;
    end if;

    if (p_results).contexts is not null and exists (select from unnest((p_results).contexts) c where c is not null) then
        select array_agg(c.execution_id), array_agg(c.context) into wave.context_executions, wave.context_patches
        from (
            select c.execution_id, c.context
            from unnest((p_results).executions, (p_results).contexts, (p_results).outcomes) with ordinality c (execution_id, context, outcome, ord)
            where c.context is not null and c.outcome = 'completed' and c.ord = any (v_done)
            order by c.ord
        ) c;
    end if;
    if coalesce(cardinality(v_done), 0) = v_count then
        return;                                                           -- all ok: said by null
    end if;

    answers := interlock.judge_results(p_worker_id, p_results, p_locked, v_done);
    if v_failed then
        select * into v_other from interlock.fail_attempts(
            array(select f.execution_id from unnest((p_results).executions, (p_results).outcomes, answers) with ordinality
                  f (execution_id, outcome, answer, ord) where f.outcome = 'failed' and f.answer = 'ok' order by f.ord),
            array(select f.id from unnest((p_results).assignments, (p_results).outcomes, answers) with ordinality
                  f (id, outcome, answer, ord) where f.outcome = 'failed' and f.answer = 'ok' order by f.ord),
            array(select f.error from unnest((p_results).errors, (p_results).outcomes, answers) with ordinality
                  f (error, outcome, answer, ord) where f.outcome = 'failed' and f.answer = 'ok' order by f.ord),
            'failed', p_now);
        wave.ended_executions := v_other.ended_executions;
        wave.ended_by := v_other.ended_by;
        wave.ended_errors := v_other.ended_errors;
        if v_other.frontier_executions is not null then
            select array_agg(r.execution_id order by r.ord), array_agg(r.id order by r.ord)
            into wave.frontier_executions, wave.frontier_assignments
            from unnest((p_results).executions, (p_results).assignments) with ordinality r (execution_id, id, ord)
            where (r.execution_id, r.id) in (
                select * from unnest(wave.frontier_executions || v_other.frontier_executions,
                    wave.frontier_assignments || v_other.frontier_assignments));
            select f.executions, f.assignments into wave.frontier_executions, wave.frontier_assignments
            from interlock.in_order_of_visits(wave.frontier_executions, wave.frontier_assignments) f;
        end if;
    end if;
end $$;

-- What a worker is answered: how its results were taken, and what it has to do now, each with all that its executor sees.
-- Caller: exchange. Changes nothing.
create function interlock.reply(
    p_answers text[], p_result_count integer, p_executions uuid[], p_assignments uuid[], p_queues text[], p_now timestamptz
) returns json
language plpgsql set search_path = '' as $$
declare
    v_assignments json;
    c_running     constant text := 'running';                             -- not a literal: no partial index is to be scanned for it
begin
    if p_executions is not null then
        select json_agg(json_build_object(
            'execution_id', a.execution_id, 'assignment_id', a.id, 'version_id', a.version_id, 'node_no', a.node_no, 'visit', a.visit,
            'attempt', a.attempt, 'loss_count', a.loss_count, 'deadline_at', a.due_at, 'subject', e.subject,
            'idempotency_key', coalesce(e.root_id, e.id) || ':' || n.node_id || ':' || a.visit,
            'input', case
                when n.join_kind <> 'each' then m.input
                when p.id is null then e.input
                when p.output is not null then p.output
                else interlock.output_of(p.execution_id, p.id) end,
            'context', case when n.uses_context or n.needs is null then e.context else '{}' end,
            'nodes', case when n.needs <> '{}' or n.needs is null then interlock.node_outputs(a.execution_id, a.version_id, n.needs) else '{}' end,
            'execution', json_build_object('id', e.id, 'started_at', e.started_at, 'trace_parent', e.trace_parent))
            order by f.ord)
        into v_assignments
        from unnest(p_executions, p_assignments) with ordinality f (execution_id, id, ord)
        join interlock.assignments a on a.execution_id = f.execution_id and a.id = f.id and a.status = c_running
        join interlock.executions e on e.id = f.execution_id
        cross join lateral (select x.* from interlock.nodes x where x.version_id = a.version_id and x.node_no = a.node_no offset 0) n
        left join interlock.assignments p on p.execution_id = a.execution_id and p.id = a.previous_assignment_id
        cross join lateral interlock.merged_inputs(case when n.join_kind <> 'each' then a.execution_id end, a.node_no, a.visit) m;
    end if;
    return json_build_object(
        'answers', coalesce(p_answers, array_fill('ok'::text, array[p_result_count])),
        'assignments', coalesce(v_assignments, '[]'),
        'next_due_seconds', case when p_queues is not null then interlock.next_due_seconds(p_queues, p_now) end);
end $$;

-- The answer to a repeated request: as the first time, for what the worker still holds of it.
create function interlock.reply_of(p_answers text[], p_result_count integer, p_worker_id uuid, p_request bigint, p_queues text[], p_now timestamptz) returns json
language plpgsql set search_path = '' as $$
declare
    v_executions  uuid[];
    v_assignments uuid[];
begin
    select array_agg(a.execution_id order by a.change_number), array_agg(a.id order by a.change_number) into v_executions, v_assignments
    from interlock.assignments a
    where a.ended_at is null and a.status = 'running' and a.worker_id = p_worker_id and a.claim_request = p_request;
    return interlock.reply(p_answers, p_result_count, v_executions, v_assignments, p_queues, p_now);
end $$;

-- A time that came from outside, or null where it is none.
create function interlock.time_or_null(p_text text) returns timestamptz language plpgsql stable set search_path = '' as $$
begin
    return p_text::timestamptz;
exception when data_exception then
    return null;
end $$;

-- An id that came from outside, or null where it is none.
create function interlock.uuid_or_null(p_text text) returns uuid language plpgsql immutable set search_path = '' as $$
begin
    return p_text::uuid;
exception when data_exception then
    return null;
end $$;

-- Whether a worker runs an assignment that was lost twice before. It runs alone, so that the poisonous one is found and the innocent are cleared.
create function interlock.works_alone(p_worker_id uuid) returns boolean language plpgsql stable set search_path = '' as $$
begin
    return (
        select exists (
            select from interlock.exchanges x
            join interlock.assignments a on a.execution_id = x.alone_execution_id and a.id = x.alone_assignment_id
            where x.worker_id = p_worker_id and a.status = 'running' and a.worker_id = p_worker_id));
end $$;

-- The one place that decides what comes next: finished assignments leave, successors begin, joins go, executions end.
-- Transition: see leave_nodes, place_tokens, begin_joins, end_executions, update_statuses.
-- Caller:  every function that finishes assignments or starts executions; it holds the locks of p_executions.
-- Errors:  none of its own. A repeat is the caller's to prevent: an assignment leaves once.
-- p_executions are all that may have changed; p_frontier_… what has finished in them and leaves now, in order.
create function interlock.advance(
    p_executions uuid[], p_frontier_executions uuid[], p_frontier_assignments uuid[], p_taker interlock.taker, p_now timestamptz,
    p_by_cron boolean default false
) returns interlock.progress
language plpgsql set search_path = '' as $$
declare
    v_progress    interlock.progress;
    v_wave        interlock.wave;
    v_executions  uuid[] := p_frontier_executions;
    v_assignments uuid[] := p_frontier_assignments;
    v_unfilled    boolean[];
    v_taker       interlock.taker := p_taker;
    v_joins       boolean;
    v_ordered     boolean;
    v_locks       boolean;
    v_counts      boolean;
    v_active      uuid[];
    v_wave_count  integer := 0;
    c_most_waves  constant integer := 100;
begin
    select coalesce(bool_or(v.has_joins), false), coalesce(bool_or(v.has_ordered), false),
           coalesce(bool_or(v.has_locks), false), coalesce(bool_or(v.has_counts), false)
    into v_joins, v_ordered, v_locks, v_counts
    from interlock.workflow_versions v
    where v.id in (select e.version_id from unnest(p_executions) x (id) join interlock.executions e on e.id = x.id);

    loop
        if v_ordered and cardinality(v_executions) is null then
            select array_agg(p.execution_id), array_agg(p.id) into v_executions, v_assignments
            from unnest(p_executions) x (id)
            join interlock.executions e on e.id = x.id and e.ended_at is null
            cross join lateral interlock.parked_visits(x.id) p;
            perform interlock.finish_parked(f.execution_id, f.id, p_now) from unnest(v_executions, v_assignments) f (execution_id, id);
        end if;

        if v_executions is not null then
            v_wave_count := v_wave_count + 1;
            if v_ordered then
                select r.executions, r.assignments into v_executions, v_assignments
                from interlock.release_ordered(v_executions, v_assignments, p_now) r;
            end if;
            v_wave := interlock.leave_nodes(v_executions, v_assignments, v_wave_count < c_most_waves, v_taker, p_now);
            if v_wave.arrived_executions is not null then
                perform interlock.place_tokens(v_wave, p_now);
            end if;
        else
            exit when not v_joins;
            if v_wave_count >= c_most_waves then
                update interlock.executions e set unsettled = true where e.id = any (p_executions) and e.ended_at is null;
                v_progress.pending_queues := v_progress.pending_queues || null::text;
                exit;
            end if;
            select c.executions, c.assignments, c.unfilled into v_executions, v_assignments, v_unfilled
            from interlock.choose_joins(p_executions, p_by_cron) c;
            exit when cardinality(v_executions) = 0;
            v_wave := interlock.begin_joins(v_executions, v_assignments, v_unfilled, v_counts, v_taker, p_now);
        end if;

        perform interlock.apply_wave(v_wave, p_now);
        if v_wave.handed_executions is not null then
            v_progress.handed_executions := v_progress.handed_executions || v_wave.handed_executions;
            v_progress.handed_assignments := v_progress.handed_assignments || v_wave.handed_assignments;
            v_taker.rooms := array(
                select t.room - (select count(*)::integer from unnest(v_wave.handed_queues) h (queue) where h.queue = t.queue)
                from unnest(v_taker.queues, v_taker.rooms) with ordinality t (queue, room, ord) order by t.ord);
        end if;
        v_progress.pending_queues := v_progress.pending_queues || v_wave.pending_queues;
        v_active := v_active || v_wave.active_executions;
        v_executions := v_wave.frontier_executions;
        v_assignments := v_wave.frontier_assignments;
    end loop;

    perform interlock.update_statuses(case when v_active is null or v_counts then p_executions
        else array(select unnest(p_executions) except select unnest(v_active)) end, p_now);
    if v_locks then
        v_progress.pending_queues := v_progress.pending_queues || interlock.wake_lock_waiters(interlock.keys_of(p_executions), p_now);
    end if;
    v_progress.rooms := v_taker.rooms;
    return v_progress;
end $$;

-- What a wave does to executions as wholes: their context, that something waits in them, their end.
-- Transition: execution -> completed | failed. Caller: advance, go_on; with the locks of the executions.
create function interlock.apply_wave(p_wave interlock.wave, p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
begin
    if (p_wave).context_executions is not null then
        perform interlock.merge_contexts((p_wave).context_executions, (p_wave).context_patches);
    end if;
    if (p_wave).waited_executions is not null then
        update interlock.executions e set last_waited_at = p_now where e.id = any ((p_wave).waited_executions);
    end if;
    if (p_wave).ended_executions is not null then
        perform interlock.end_executions((p_wave).ended_executions,
            array(select case when u.error is null then 'completed' else 'failed' end
                  from unnest((p_wave).ended_errors) with ordinality u (error, ord) order by u.ord),
            (p_wave).ended_by, (p_wave).ended_errors, p_now);
    end if;
end $$;

-- The joins that choose_joins chose go: first and count joins act one after another in compiled order (mark, cancel), then all begin.
-- Transition: holding -> pending | running | waiting | completed | failed; see mark_late for what they end.
-- Caller:  advance. p_counts: some version of the batch has first or count joins.
create function interlock.begin_joins(
    p_executions uuid[], p_assignments uuid[], p_unfilled boolean[], p_counts boolean, p_taker interlock.taker, p_now timestamptz
) returns interlock.wave
language plpgsql set search_path = '' as $$
declare
    v_goer  record;
    v_acted uuid[] := '{}';
begin
    if p_counts then
        for v_goer in
            select a.execution_id, a.id
            from unnest(p_executions, p_assignments, p_unfilled) g (execution_id, id, unfilled)
            join interlock.assignments a on a.execution_id = g.execution_id and a.id = g.id
            join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no and n.join_kind in ('first', 'count')
            where not g.unfilled
            order by a.execution_id, a.node_no
        loop
            if exists (select from interlock.assignments a where a.execution_id = v_goer.execution_id and a.id = v_goer.id and a.status = 'holding') then
                v_acted := v_acted || v_goer.id;
                perform interlock.mark_late(v_goer.execution_id, v_goer.id, v_acted, p_now);
            end if;
        end loop;
    end if;
    return interlock.begin_visits(p_executions, p_assignments, p_unfilled, true, p_counts, p_taker, p_now);
end $$;

-- Visits that stood still begin: joins that go, and what was left pending for a virtual user.
-- Transition: holding -> pending | running; holding, pending -> waiting | completed | failed.
-- Caller:  begin_joins, sweep_virtual_users; with the locks of the executions.
-- Errors:  none of its own; rows that have moved on meanwhile are left alone.
-- p_marks: some version of the batch has joins that can be late for.
create function interlock.begin_visits(
    p_executions uuid[], p_assignments uuid[], p_unfilled boolean[], p_inline boolean, p_marks boolean, p_taker interlock.taker, p_now timestamptz
) returns interlock.wave
language plpgsql set search_path = '' as $$
declare
    v_wave     interlock.wave;
    c_standing constant text[] := '{holding,pending}';                    -- not a literal: no partial index is to be scanned for it
begin
    with beginning as materialized (
        select row_number() over (order by g.ord) as ord, a.execution_id, a.id, a.version_id, a.node_no, a.visit, a.rounds, a.status as was,
               a.lock_key, a.previous_assignment_id, coalesce(g.unfilled, false) as unfilled,
               n.kind, n.queue, n.join_kind, n.inline, n.ordered, n.on_error, n.timeout_seconds, n.max_visits, n.lock_program,
               e.context, e.subject, e.input as execution_input, e.suspended_at is not null as suspended,
               case
                   when n.kind = 'start' then null
                   when n.merges then m.input
                   when n.kind <> 'worker' then interlock.input_of(a.execution_id, a.id)
               end as input
        from unnest(p_executions, p_assignments, p_unfilled) with ordinality g (execution_id, id, unfilled, ord)
        join interlock.assignments a on a.execution_id = g.execution_id and a.id = g.id and a.status = any (c_standing)
        cross join lateral (
            select x.*, coalesce(x.join_kind, 'each') <> 'each' and (x.kind <> 'worker' or x.lock_program is not null) as merges
            from interlock.nodes x where x.version_id = a.version_id and x.node_no = a.node_no offset 0
        ) n
        join interlock.executions e on e.id = g.execution_id and e.ended_at is null
        cross join lateral interlock.merged_inputs(case when n.merges then a.execution_id end, a.node_no, a.visit) m
    ), keyed as materialized (
        select b.*, case when b.lock_key is not null then b.lock_key when b.lock_program is not null then
                   interlock.lock_key_of(b.lock_program, b.input, b.context, b.subject, b.execution_id) end as key,
               row_number() over (
                   partition by b.queue, b.kind = 'worker' and not b.suspended and b.lock_program is null order by b.ord) as place
        from beginning b
    ), resolved as materialized (
        select k.*,
               case
                   when k.rounds > k.max_visits then jsonb_build_object('code', 'max_visits_exceeded', 'retryable', false,
                       'message', format('This node was visited %s times without anything waiting in between.', k.max_visits))
                   when k.unfilled then jsonb_build_object('code', 'join_unfilled', 'retryable', false,
                       'message', 'Fewer tokens came than this join needs, and nothing open can bring another.')
                   when k.lock_program is not null and k.key is null then jsonb_build_object('code', 'lock_key_missing', 'retryable', false,
                       'message', 'The lock of this node has no value of 1 to 500 characters for its input.')
               end as refusal,
               case
                   when k.kind = 'worker' or k.suspended or k.rounds > k.max_visits or k.unfilled or not p_inline then null
                   when k.kind = 'wait' and k.was = 'holding' and k.key is not null then null
                   else interlock.resolve_inline(k.kind, k.inline, k.input, k.context, k.subject, k.execution_id, p_now)
               end as r
        from keyed k
    ), decided as materialized (
        select d.*, d.reached = 'waiting' as waits,
               case when d.ordered and not d.is_fatal and d.reached in ('completed', 'failed')
                       and interlock.has_earlier_open_visit(d.execution_id, d.node_no, d.visit)
                   then 'waiting' else d.reached end as status
        from (
            select y.*,
                   y.reached = 'failed' and (y.on_error = 'fail' or y.kind = 'fail' and y.refusal is null or y.rounds > y.max_visits) as is_fatal,
                   y.kind <> 'worker' and (not p_inline or y.suspended or y.kind = 'wait' and y.was = 'holding' and y.key is not null) as is_virtual
            from (
                select x.*, coalesce(x.refusal, (x.r).error) as error,
                       case
                           when x.refusal is not null then 'failed'
                           when (x.r).status is not null then (x.r).status
                           when x.kind = 'worker' and not x.suspended and x.lock_program is null
                                   and x.place <= coalesce((p_taker).rooms[array_position((p_taker).queues, x.queue)], 0)
                               then 'running'
                           else 'pending'
                       end as reached
                from resolved x
                offset 0                                                  -- so that each is decided once
            ) y
        ) d
    ), updated as (
        update interlock.assignments a
        set status = d.status,
            suspended = d.suspended and d.status = 'pending',
            queue = case when not d.is_virtual then d.queue end,
            due_at = case d.status
                when 'pending' then p_now
                when 'running' then p_now + make_interval(secs => d.timeout_seconds)
                when 'waiting' then (d.r).due_at end,
            wait_for = case when d.status = 'waiting' then case when d.waits then 'time' else 'order' end end,
            worker_id = case when d.status = 'running' then (p_taker).worker_id end,
            claim_request = case when d.status = 'running' then (p_taker).request end,
            ports = case when d.error is not null and not d.is_fatal and d.on_error = 'port' then '{error}' else (d.r).ports end,
            output = case
                when d.error is not null then case when not d.is_fatal then jsonb_build_object('error', d.error) end
                when d.kind in ('worker', 'start') or d.status = 'pending' or d.join_kind is null or d.join_kind = 'each' then null
                else d.input end,
            source_execution_id = case when d.passes then nullif(p.source_execution_id, d.execution_id) end,
            source_id = case when d.passes then p.source_id end,
            error = d.error,
            late_for = case when d.was = 'holding' and p_marks then interlock.inherited_marks(d.execution_id, d.node_no, d.visit) else a.late_for end,
            lock_key = d.key,
            witness_id = null,
            witness_slot = null,
            change_number = nextval('interlock.change_numbers'),
            started_at = case when d.status <> 'pending' then p_now end,
            ended_at = case when d.status in ('completed', 'failed') then p_now end
        from (
            select y.*, y.kind not in ('worker', 'start') and y.error is null and (y.join_kind is null or y.join_kind = 'each') as passes
            from decided y
        ) d
        left join lateral (
            select coalesce(b.source_execution_id, b.execution_id) as source_execution_id, coalesce(b.source_id, b.id) as source_id
            from interlock.assignments b
            where d.passes and b.execution_id = d.execution_id and b.id = d.previous_assignment_id
        ) p on true
        where a.execution_id = d.execution_id and a.id = d.id
            and (d.status <> 'pending' or d.was = 'holding' or d.status = 'pending' and not d.is_virtual)
        returning 1
    )
    select
        array_agg(d.execution_id) filter (where d.status in ('completed', 'failed') and d.kind <> 'end' and not coalesce(d.is_fatal, false)),
        array_agg(d.id) filter (where d.status in ('completed', 'failed') and d.kind <> 'end' and not coalesce(d.is_fatal, false)),
        null, null, null, null, null, null,
        array_agg(d.execution_id) filter (where d.is_fatal or d.kind = 'end' and d.status = 'completed'),
        array_agg(d.id) filter (where d.is_fatal or d.kind = 'end' and d.status = 'completed'),
        array_agg(d.error) filter (where d.is_fatal or d.kind = 'end' and d.status = 'completed'),
        array_agg(d.execution_id) filter (where d.status = 'running'),
        array_agg(d.id) filter (where d.status = 'running'),
        array_agg(d.queue) filter (where d.status = 'running'),
        array_agg(distinct case when not d.is_virtual then d.queue end) filter (where d.status = 'pending' and not d.suspended),
        null,
        null,
        array_agg(d.execution_id) filter (where (d.r).context is not null),
        array_agg((d.r).context) filter (where (d.r).context is not null)
    into v_wave
    from (select x.* from decided x order by x.ord) d;
    return v_wave;
end $$;

-- Open assignments end without having been done; workers that run them are told by their next heartbeat.
-- Transition: holding, pending, running, waiting -> cancelled.
-- Caller:  mark_late, end_executions, cancel_assignment; with the locks of the executions.
-- A repeat finds them ended and changes nothing.
create function interlock.cancel_assignments(p_executions uuid[], p_assignments uuid[], p_reason jsonb, p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
declare
    c_running constant text := 'running';                                 -- not literals: no partial index is to be scanned for them
    c_open    constant text[] := '{holding,pending,running,waiting}';
begin
    insert into interlock.revocations (worker_id, execution_id, assignment_id, attempt)
    select a.worker_id, a.execution_id, a.id, a.attempt
    from unnest(p_executions, p_assignments) c (execution_id, id)
    join interlock.assignments a on a.execution_id = c.execution_id and a.id = c.id and a.status = c_running
    on conflict do nothing;

    update interlock.assignments a
    set status = 'cancelled', error = p_reason || jsonb_build_object('was', a.status, 'due_at', a.due_at, 'wait_for', a.wait_for),
        output = null, due_at = null, wait_for = null, suspended = false, ended_at = p_now, change_number = nextval('interlock.change_numbers')
    from unnest(p_executions, p_assignments) c (execution_id, id)
    where a.execution_id = c.execution_id and a.id = c.id and a.status = any (c_open);
end $$;

-- Whether an assignment is late for a visit of a join: by its own mark, or, while it holds, by the marks of all its tokens.
create function interlock.carries_mark(p_assignment interlock.assignments, p_join_node integer, p_visit integer) returns boolean
language sql stable as $$
    select case when (p_assignment).status = 'holding' then
        not exists (
            select from interlock.tokens t
            where t.execution_id = (p_assignment).execution_id and t.join_node = (p_assignment).node_no and t.visit = (p_assignment).visit
                and (t.late_for ->> p_join_node::text)::integer is distinct from p_visit)
        else coalesce(((p_assignment).late_for ->> p_join_node::text)::integer = p_visit, false)
    end
$$;

-- Which holding visits go now: all that have what they need, together; else, an execution, the last in compiled order of those for which nothing
-- open can bring a token any more. A first or count join among the latter has not enough and never will: it fails (join_unfilled).
-- Transition: none; writes the witnesses of wide joins.
-- Caller:  advance, when everything else in these executions has settled. Joins of workflows in cron mode only where p_by_cron says so.
create function interlock.choose_joins(p_executions uuid[], p_by_cron boolean, out executions uuid[], out assignments uuid[], out unfilled boolean[])
language plpgsql set search_path = '' as $$
declare
    c_wide constant integer := 8;                                         -- from here on a kept witness is cheaper than a new look
begin
    with candidate as materialized (
        select h.*, n.slot_count, n.join_kind, w.witnessed, c.ready,
               c.ready and not (n.late = 'hold' and n.join_kind <> 'all' and h.visit > 1
                   and interlock.is_held_back(h.execution_id, h.version_id, h.node_no, h.visit)) as goes
        from (
            select distinct on (a.execution_id, a.node_no)
                   a.execution_id, a.id, a.version_id, a.node_no, a.visit, a.witness_id, a.witness_slot
            from unnest(p_executions) x (id)
            cross join lateral (
                select h.* from interlock.assignments h where h.execution_id = x.id and h.status = 'holding' offset 0
            ) a
            order by a.execution_id, a.node_no, a.visit
        ) h
        cross join lateral (
            select x.* from interlock.nodes x
            where x.version_id = h.version_id and x.node_no = h.node_no and (p_by_cron or not x.by_cron) offset 0
        ) n
        cross join lateral (
            select h.witness_id is not null
                and interlock.holds_witness(h.execution_id, h.node_no, h.visit, h.witness_id, h.witness_slot) as witnessed
            offset 0
        ) w
        cross join lateral (
            select not (w.witnessed and n.join_kind = 'all') and (
                select count(*) from interlock.tokens t
                where t.execution_id = h.execution_id and t.join_node = h.node_no and t.visit = h.visit
            ) >= coalesce(n.join_count, n.slot_count) as ready
            offset 0
        ) c
    ), looked as materialized (
        select c.*, f.witness_id as found_id, f.witness_slot as found_slot
        from (
            select d.*, not d.ready and not d.witnessed and not bool_or(d.goes) over (partition by d.execution_id) as looks from candidate d
        ) c
        left join lateral interlock.find_witnesses(case when c.looks then c.execution_id end, c.version_id, c.node_no, c.visit) f on true
    ), kept as (
        update interlock.assignments a
        set witness_id = l.found_id, witness_slot = l.found_slot
        from looked l
        where l.found_id is not null and l.slot_count > c_wide and a.execution_id = l.execution_id and a.id = l.id
    )
    select coalesce(array_agg(g.execution_id), '{}'), coalesce(array_agg(g.id), '{}'), coalesce(array_agg(g.unfilled), '{}')
    into executions, assignments, unfilled
    from (
        select l.execution_id, l.id, l.node_no, false as unfilled from looked l where l.goes
        union all
        (select distinct on (l.execution_id) l.execution_id, l.id, l.node_no, l.join_kind <> 'all'
         from looked l where l.looks and l.found_id is null
         order by l.execution_id, l.node_no desc)
        order by 1, 3
    ) g;
end $$;

-- Executions end: what is open in them is cancelled, and what they held is free again.
-- Transition: execution pending, running, waiting, paused -> completed | failed | cancelled | timed_out.
-- Caller:  advance, cancel, tick; with the locks of the executions. A repeat changes nothing.
create function interlock.end_executions(
    p_executions uuid[], p_statuses text[], p_ended_by uuid[], p_errors jsonb[], p_now timestamptz
) returns void
language plpgsql set search_path = '' as $$
declare
    v_executions  uuid[];
    v_assignments uuid[];
begin
    select array_agg(a.execution_id), array_agg(a.id) into v_executions, v_assignments
    from unnest(p_executions) x (id)
    cross join lateral (
        select o.execution_id, o.id from interlock.assignments o where o.execution_id = x.id and o.ended_at is null offset 0
    ) a;
    if v_executions is not null then
        perform interlock.cancel_assignments(v_executions, v_assignments,
            jsonb_build_object('code', 'execution_ended', 'message', 'The execution ended.'), p_now);
    end if;

    update interlock.executions e
    set status = x.status, ended_at = p_now, started_at = coalesce(e.started_at, p_now), error = x.error,
        end_id = case when x.status = 'completed' then x.ended_by end, change_number = nextval('interlock.change_numbers')
    from (
        select distinct on (u.id) u.* from unnest(p_executions, p_statuses, p_ended_by, p_errors) with ordinality u (id, status, ended_by, error, ord)
        order by u.id, u.ord
    ) x
    where e.id = x.id and e.ended_at is null;
end $$;

-- Attempts that did not succeed: another one after a delay, or the node's error policy.
-- Transition: running, waiting -> pending | failed.
-- Caller:  record_results, tick; with the locks of the executions. What the policy lets leave and what it ends are given back.
-- p_outcome: failed | timed_out, kept with the attempt.
create function interlock.fail_attempts(p_executions uuid[], p_assignments uuid[], p_errors jsonb[], p_outcome text, p_now timestamptz)
returns interlock.wave
language plpgsql set search_path = '' as $$
declare
    v_wave  interlock.wave;
    c_going constant text[] := '{running,waiting}';                       -- not a literal: no partial index is to be scanned for it
begin
    with failing as materialized (
        select f.ord, a.execution_id, a.id, a.attempt, a.loss_count, a.worker_id, a.started_at, a.is_indexed, a.node_no, a.visit, n.on_error,
               n.ordered, e.suspended_at is not null as suspended,
               case when jsonb_typeof(f.error) = 'object' then f.error else '{}' end || jsonb_build_object(
                   'code', coalesce(f.error ->> 'code', 'failed'), 'message', coalesce(f.error ->> 'message', ''), 'attempt', a.attempt) as error,
               coalesce(f.error -> 'retryable' <> 'false', true) and a.attempt < n.max_attempts and a.status = 'running' as again,
               greatest(
                   least(n.retry_initial_seconds * power(n.retry_multiplier, least(a.attempt - 1, 60)), n.retry_max_seconds)
                       * (1 + n.retry_jitter * (2 * random() - 1)),
                   case when jsonb_typeof(f.error #> '{details,retry_after_seconds}') = 'number'
                       then least((f.error #>> '{details,retry_after_seconds}')::numeric, 86400)::double precision end,
                   0) as delay
        from unnest(p_executions, p_assignments, p_errors) with ordinality f (execution_id, id, error, ord)
        join interlock.assignments a on a.execution_id = f.execution_id and a.id = f.id and a.status = any (c_going)
        cross join lateral (select x.* from interlock.nodes x where x.version_id = a.version_id and x.node_no = a.node_no offset 0) n
        join interlock.executions e on e.id = f.execution_id
    ), noted as (
        insert into interlock.assignment_attempts (execution_id, assignment_id, attempt, loss_count, outcome, error, worker_id, started_at, ended_at)
        select f.execution_id, f.id, f.attempt, f.loss_count, p_outcome, f.error, f.worker_id, f.started_at, p_now from failing f
        on conflict do nothing
    ), decided as materialized (
        select f.*, case
            when f.again then 'pending'
            when f.on_error <> 'fail' and f.ordered and interlock.has_earlier_open_visit(f.execution_id, f.node_no, f.visit) then 'waiting'
            else 'failed' end as status
        from failing f
    ), updated as (
        update interlock.assignments a
        set status = d.status,
            attempt = a.attempt + case when d.again then 1 else 0 end,
            due_at = case when d.again then p_now + make_interval(secs => d.delay) end,
            suspended = d.again and d.suspended,
            wait_for = case when d.status = 'waiting' then 'order' end,
            worker_id = case when d.again then null else a.worker_id end,
            error = d.error,
            output = case when not d.again and d.on_error <> 'fail' then jsonb_build_object('error', d.error) end,
            ports = case when not d.again and d.on_error = 'port' then '{error}'::text[] end,
            ended_at = case when d.status = 'failed' then p_now end,
            change_number = nextval('interlock.change_numbers')
        from decided d
        where a.execution_id = d.execution_id and a.id = d.id
        returning 1
    )
    select
        array_agg(d.execution_id) filter (where d.status = 'failed' and d.on_error <> 'fail'),
        array_agg(d.id) filter (where d.status = 'failed' and d.on_error <> 'fail'),
        array_agg(d.execution_id) filter (where d.status = 'failed' and d.on_error = 'fail'),
        array_agg(d.id) filter (where d.status = 'failed' and d.on_error = 'fail'),
        array_agg(d.error) filter (where d.status = 'failed' and d.on_error = 'fail')
    into v_wave.frontier_executions, v_wave.frontier_assignments, v_wave.ended_executions, v_wave.ended_by, v_wave.ended_errors
    from (select x.* from decided x order by x.ord) d;
    return v_wave;
end $$;

-- The path that cannot raise: an execution that the rules cannot move (a damaged definition, a defect) fails, by plain updates.
-- Transition: execution -> failed; its open assignments -> cancelled.
-- Caller:  whoever caught the error; it may not hold the execution's lock.
-- Answers: IL099, busy where another transaction holds the execution, IL001 where there is none.
create function interlock.fail_broken_execution(p_execution_id uuid, p_sqlstate text, p_message text, p_now timestamptz) returns text
language plpgsql set search_path = '' as $$
begin
    perform from interlock.executions e where e.id = p_execution_id and e.ended_at is null for no key update skip locked;
    if not found then
        return case when exists (select from interlock.executions e where e.id = p_execution_id) then 'busy' else 'IL001' end;
    end if;
    perform interlock.end_executions(array[p_execution_id], '{failed}', array[null::uuid], array[jsonb_build_object(
        'code', 'IL099', 'message', format('The control plane could not move this execution: %s (%s).', p_message, p_sqlstate), 'retryable', false)],
        p_now);
    return 'IL099';
end $$;

-- An open assignment that can still bring a token to an empty slot of a holding visit, and that slot; no row where there is none.
-- Another holding visit counts only where its node comes before this join in compiled order: so two joins never wait for each other.
-- A plain SQL function in a from clause, so that it becomes part of the statement that calls it.
create function interlock.find_witnesses(p_execution_id uuid, p_version_id integer, p_join_node integer, p_visit integer)
returns table (witness_id uuid, witness_slot integer)
language sql stable as $$
    select o.id, free.slot
    from interlock.assignments o
    cross join lateral (
        select r.from_slot, r.to_slot
        from interlock.reaches r
        where r.version_id = p_version_id and r.join_node = p_join_node and r.to_node >= o.node_no and r.from_node = (
            select max(m.from_node) from interlock.reaches m
            where m.version_id = p_version_id and m.join_node = p_join_node and m.from_node <= o.node_no)
    ) reach
    cross join lateral (
        select s.slot from pg_catalog.generate_series(reach.from_slot, reach.to_slot) s (slot)
        where not exists (
            select from interlock.tokens t
            where t.execution_id = p_execution_id and t.join_node = p_join_node and t.visit = p_visit and t.slot = s.slot)
        limit 1
    ) free
    where o.execution_id = p_execution_id and o.parent_assignment_id is null
        and o.ended_at is null and (o.status <> 'holding' or o.node_no < p_join_node)
    limit 1
$$;

-- A visit that was parked for the sake of order is done.
-- Transition: waiting (for order) -> completed | failed.
create function interlock.finish_parked(p_execution_id uuid, p_assignment_id uuid, p_now timestamptz) returns void
language sql as $$
    update interlock.assignments a
    set status = case when a.error is null then 'completed' else 'failed' end, wait_for = null, ended_at = p_now,
        change_number = pg_catalog.nextval('interlock.change_numbers')
    where a.execution_id = p_execution_id and a.id = p_assignment_id
$$;

-- What was recorded takes effect: contexts, ends, then everything that follows.
-- Caller:  exchange_all, cancel_assignment, the sweeps; with the locks of p_executions. p_wave: as record_results and fail_attempts give it.
create function interlock.go_on(
    p_executions uuid[], p_wave interlock.wave, p_taker interlock.taker, p_now timestamptz, p_by_cron boolean default false
) returns interlock.progress
language plpgsql set search_path = '' as $$
begin
    perform interlock.apply_wave(p_wave, p_now);
    return interlock.advance(p_executions, (p_wave).frontier_executions, (p_wave).frontier_assignments, p_taker, p_now, p_by_cron);
end $$;

-- Whether a visit of the same node with a lower number is still open.
create function interlock.has_earlier_open_visit(p_execution_id uuid, p_node_no integer, p_visit integer) returns boolean language plpgsql stable set search_path = '' as $$
begin
    return (
        select exists (
            select from interlock.assignments b
            where b.execution_id = p_execution_id and b.node_no = p_node_no and b.is_indexed and b.parent_assignment_id is null
                and b.visit < p_visit and b.ended_at is null));
end $$;

-- Whether a holding visit's witness is still open and its slot still empty, so that nothing has to be looked at again.
create function interlock.holds_witness(p_execution_id uuid, p_join_node integer, p_visit integer, p_witness_id uuid, p_slot integer) returns boolean
language plpgsql stable set search_path = '' as $$
begin
    return (
        select exists (
                select from (
                    select a.ended_at from interlock.assignments a where a.execution_id = p_execution_id and a.id = p_witness_id offset 0
                ) w
                where w.ended_at is null)
            and not exists (
                select from interlock.tokens t
                where t.execution_id = p_execution_id and t.join_node = p_join_node and t.visit = p_visit and t.slot = p_slot));
end $$;

-- The marks that all tokens of a join's visit carry, less those of the join itself.
create function interlock.inherited_marks(p_execution_id uuid, p_join_node integer, p_visit integer) returns jsonb language plpgsql stable set search_path = '' as $$
begin
    return (
        select interlock.without_mark(pg_catalog.jsonb_object_agg(mark.key, mark.value), p_join_node)
        from (
            select m.key, m.value
            from interlock.tokens t
            cross join lateral pg_catalog.jsonb_each(t.late_for) m
            where t.execution_id = p_execution_id and t.join_node = p_join_node and t.visit = p_visit and not t.late
            group by m.key, m.value
            having count(*) = (
                select count(*) from interlock.tokens k
                where k.execution_id = p_execution_id and k.join_node = p_join_node and k.visit = p_visit and not k.late)
        ) mark);
end $$;

-- The input of an assignment, derived from what led to it: never stored.
create function interlock.input_of(p_execution_id uuid, p_assignment_id uuid) returns jsonb language plpgsql stable set search_path = '' as $$
begin
    return (
        select case
            when exists (select from interlock.tokens t where t.execution_id = a.execution_id and t.join_node = a.node_no and t.visit = a.visit)
                then (select m.input from interlock.merged_inputs(a.execution_id, a.node_no, a.visit) m)
            when a.previous_assignment_id is not null
                then interlock.output_of(a.execution_id, a.previous_assignment_id)
            else (select e.input from interlock.executions e where e.id = a.execution_id)
        end
        from interlock.assignments a
        where a.execution_id = p_execution_id and a.id = p_assignment_id);
end $$;

-- late: hold. Whether an assignment that is late for the visit before is still open and can still reach the join.
create function interlock.is_held_back(p_execution_id uuid, p_version_id integer, p_join_node integer, p_visit integer) returns boolean
language plpgsql stable set search_path = '' as $$
begin
    return (
        select exists (
            select from interlock.assignments o
            where o.execution_id = p_execution_id and o.parent_assignment_id is null
                and o.ended_at is null and (o.status <> 'holding' or o.node_no < p_join_node)
                and interlock.carries_mark(o, p_join_node, p_visit - 1)
                and interlock.reaches_join(p_version_id, o.node_no, p_join_node)));
end $$;

-- One wave: what is finished leaves over its MAIN connections; successors begin, tokens for joins are listed.
-- Transition: (new) -> pending | running | waiting | completed | failed.
-- Caller:  advance, which holds the locks of the executions.
-- Errors:  none of its own. A repeat would deliver twice: the caller sees to it that each assignment leaves once.
-- With p_inline false, what a virtual user would do is left pending for it.
create function interlock.leave_nodes(
    p_executions uuid[], p_assignments uuid[], p_inline boolean, p_taker interlock.taker, p_now timestamptz
) returns interlock.wave
language plpgsql set search_path = '' as $$
declare
    v_wave interlock.wave;
begin
    with leaving as (
        select f.ord, a.execution_id, a.id, a.version_id, a.node_no, coalesce(a.ports, '{main}') as ports, a.late_for,
               a.output, a.source_execution_id, a.source_id,
               e.input as execution_input, e.context, e.subject, e.last_waited_at, e.suspended_at is not null as suspended, e.status = 'running' as is_running
        from unnest(p_executions, p_assignments) with ordinality f (execution_id, id, ord)
        join interlock.assignments a on a.execution_id = f.execution_id and a.id = f.id
        join interlock.executions e on e.id = f.execution_id
        where e.ended_at is null
    ), successor as materialized (
        select l.ord, l.execution_id, l.id as from_id, l.version_id, l.late_for, l.suspended, l.is_running, l.context, l.subject, l.last_waited_at,
               c.connection_no, c.slot, n.node_no, n.kind, n.queue, n.join_kind, n.inline, n.is_repeatable, n.is_indexed, n.ordered,
               n.on_error, n.timeout_seconds, n.max_visits, n.lock_program, n.by_cron,
               coalesce(l.source_execution_id, l.execution_id) as source_execution_id, coalesce(l.source_id, l.id) as source_id,
               case when n.kind not in ('worker', 'pass', 'end') or n.lock_program is not null then
                   coalesce(l.output,
                       (select s.output from interlock.assignments s
                        where s.execution_id = coalesce(l.source_execution_id, l.execution_id) and s.id = l.source_id),
                       l.execution_input)
               end as input
        from leaving l
        join interlock.connections c
            on c.version_id = l.version_id and c.from_node = l.node_no and c.type = 'MAIN' and c.port = any (l.ports)
        cross join lateral (
            select x.* from interlock.nodes x where x.version_id = l.version_id and x.node_no = c.to_node offset 0
        ) n
    ), numbered as (
        select s.*,
               coalesce(last.visit, 0) + row_number() over (partition by s.execution_id, s.node_no order by s.ord, s.connection_no) as visit,
               case when last.created_at > s.last_waited_at or s.last_waited_at is null then coalesce(last.rounds, 0) + 1 else 1 end as rounds,
               case when s.lock_program is not null then
                   interlock.lock_key_of(s.lock_program, s.input, s.context, s.subject, s.execution_id)
               end as lock_key
        from successor s
        left join lateral (
            select a.visit, a.rounds, a.created_at
            from interlock.assignments a
            where s.is_repeatable
                and a.execution_id = s.execution_id and a.node_no = s.node_no and a.is_indexed and a.parent_assignment_id is null
            order by a.visit desc limit 1
        ) last on true
        where s.join_kind is null or s.join_kind = 'each'
    ), resolved as (
        select n.*,
               case
                   when n.kind = 'worker' or n.suspended or n.rounds > n.max_visits or n.by_cron or not p_inline then null
                   when n.kind = 'wait' and n.lock_key is not null then null
                   when n.kind in ('pass', 'end') then row('completed', null, null, null, null)::interlock.resolution
                   when n.lock_program is not null and n.lock_key is null then null
                   else interlock.resolve_inline(n.kind, n.inline, n.input, n.context, n.subject, n.execution_id, p_now)
               end as r,
               row_number() over (
                   partition by n.queue, n.kind = 'worker' and not n.suspended and n.lock_program is null
                   order by n.ord, n.connection_no) as place
        from numbered n
    ), decided as materialized (
        select d.*, interlock.uuidv7() as id, d.reached = 'waiting' as waits,
               case when d.ordered and not d.is_fatal and d.reached in ('completed', 'failed') and (
                       select true from interlock.assignments b
                       where b.execution_id = d.execution_id and b.node_no = d.node_no and b.is_indexed and b.ended_at is null limit 1)
                   then 'waiting' else d.reached end as status
        from (
            select y.*, y.reached = 'failed' and (y.on_error = 'fail' or y.kind = 'fail' or y.rounds > y.max_visits) as is_fatal,
                   y.kind <> 'worker' and (not p_inline or y.by_cron or y.suspended or y.kind = 'wait' and y.lock_key is not null) as is_virtual
            from (
                select x.*,
                       case
                           when x.rounds > x.max_visits or x.lock_program is not null and x.lock_key is null then 'failed'
                           when (x.r).status is not null then (x.r).status
                           when x.kind = 'worker' and not x.suspended and x.lock_program is null
                                   and x.place <= coalesce((p_taker).rooms[array_position((p_taker).queues, x.queue)], 0)
                               then 'running'
                           else 'pending'
                       end as reached,
                       case
                           when x.rounds > x.max_visits then jsonb_build_object('code', 'max_visits_exceeded', 'retryable', false,
                               'message', format('This node was visited %s times without anything waiting in between.', x.max_visits))
                           when x.lock_program is not null and x.lock_key is null then jsonb_build_object('code', 'lock_key_missing',
                               'retryable', false, 'message', 'The lock of this node has no value of 1 to 500 characters for its input.')
                           else (x.r).error
                       end as error
                from resolved x
                offset 0                                                  -- so that each is decided once
            ) y
        ) d
    ), inserted as (
        insert into interlock.assignments (
            execution_id, id, version_id, node_no, visit, rounds, status, is_indexed, ordered, suspended, queue, due_at, wait_for, worker_id, claim_request,
            previous_assignment_id, ports, output, source_execution_id, source_id, error, late_for, lock_key, change_number,
            created_at, started_at, ended_at)
        select d.execution_id, d.id, d.version_id, d.node_no, d.visit, d.rounds, d.status, d.is_indexed, d.ordered,
               d.suspended and d.status = 'pending',
               case when not d.is_virtual then d.queue end,
               case d.status
                   when 'pending' then p_now
                   when 'running' then p_now + make_interval(secs => d.timeout_seconds)
                   when 'waiting' then (d.r).due_at
               end,
               case when d.status = 'waiting' then case when d.waits then 'time' else 'order' end end,
               case when d.status = 'running' then (p_taker).worker_id end,
               case when d.status = 'running' then (p_taker).request end,
               d.from_id,
               case when d.error is not null and not d.is_fatal and d.on_error = 'port' then '{error}' else (d.r).ports end,
               case when d.error is not null and not d.is_fatal then jsonb_build_object('error', d.error) end,
               case when d.kind <> 'worker' and d.error is null then nullif(d.source_execution_id, d.execution_id) end,
               case when d.kind <> 'worker' and d.error is null then d.source_id end,
               d.error,
               interlock.without_mark(d.late_for, case when d.join_kind is not null then d.node_no end),
               d.lock_key,
               nextval('interlock.change_numbers'), p_now,
               case when d.status <> 'pending' then p_now end,
               case when d.status in ('completed', 'failed') then p_now end
        from decided d
        returning 1
    )
    select
        d.frontier_executions, d.frontier_assignments,
        j.executions, j.versions, j.nodes, j.slots, j.senders, j.marks,
        d.ended_executions, d.ended_by, d.ended_errors, d.handed_executions, d.handed_assignments, d.handed_queues, d.pending_queues,
        d.active_executions, null, d.context_executions, d.context_patches
    into v_wave
    from (
        select
            array_agg(x.execution_id) filter (where x.leaves) as frontier_executions,
            array_agg(x.id) filter (where x.leaves) as frontier_assignments,
            array_agg(x.execution_id) filter (where x.ends) as ended_executions,
            array_agg(x.id) filter (where x.ends) as ended_by,
            array_agg(x.error) filter (where x.ends) as ended_errors,
            array_agg(x.execution_id) filter (where x.status = 'running') as handed_executions,
            array_agg(x.id) filter (where x.status = 'running') as handed_assignments,
            array_agg(x.queue) filter (where x.status = 'running') as handed_queues,
            array_agg(distinct case when not x.is_virtual then x.queue end) filter (where x.status = 'pending' and not x.suspended) as pending_queues,
            array_agg(x.execution_id) filter (where x.status in ('pending', 'running') and x.is_running) as active_executions,
            array_agg(x.execution_id) filter (where (x.r).context is not null) as context_executions,
            array_agg((x.r).context) filter (where (x.r).context is not null) as context_patches
        from (
            select y.*, y.status in ('completed', 'failed') and y.kind <> 'end' and not y.is_fatal as leaves,
                   y.is_fatal or y.kind = 'end' and y.status = 'completed' as ends
            from decided y order by y.ord, y.connection_no
        ) x
    ) d
    cross join (
        select array_agg(s.execution_id) as executions, array_agg(s.version_id) as versions, array_agg(s.node_no) as nodes,
               array_agg(s.slot) as slots, array_agg(s.from_id) as senders, array_agg(s.late_for) as marks
        from (select x.* from successor x where x.join_kind <> 'each' order by x.ord, x.connection_no) s
    ) j;
    return v_wave;
end $$;

-- A first or count join goes: what is still on its way to it is late for this visit, and by its policy ended.
-- Transition: holding, pending, running, waiting -> cancelled (late: cancel).
-- Caller:  begin_joins, with the lock of the execution. p_spared: joins that have gone already in this round, this one included.
create function interlock.mark_late(p_execution_id uuid, p_assignment_id uuid, p_spared uuid[], p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
declare
    v_join      interlock.assignments;
    v_node      interlock.nodes;
    v_cancelled uuid[];
begin
    select * into v_join from interlock.assignments a where a.execution_id = p_execution_id and a.id = p_assignment_id;
    select * into v_node from interlock.nodes n where n.version_id = v_join.version_id and n.node_no = v_join.node_no;

    update interlock.tokens t
    set late = true
    where t.execution_id = p_execution_id and t.join_node = v_join.node_no and t.visit = v_join.visit and t.token_number > (
        select max(s.token_number) from (
            select k.token_number from interlock.tokens k
            where k.execution_id = p_execution_id and k.join_node = v_join.node_no and k.visit = v_join.visit
            order by k.token_number limit v_node.join_count
        ) s);

    update interlock.assignments o
    set late_for = coalesce(o.late_for, '{}') || jsonb_build_object(v_join.node_no::text, v_join.visit)
    where o.execution_id = p_execution_id and o.ended_at is null and o.status <> 'holding' and o.parent_assignment_id is null
        and o.node_no <> v_join.node_no and not coalesce(o.late_for, '{}') ? v_join.node_no::text
        and interlock.reaches_join(o.version_id, o.node_no, v_join.node_no);

    update interlock.tokens t
    set late_for = coalesce(t.late_for, '{}') || jsonb_build_object(v_join.node_no::text, v_join.visit)
    from interlock.assignments h
    where h.execution_id = p_execution_id and h.status = 'holding' and h.node_no <> v_join.node_no
        and interlock.reaches_join(h.version_id, h.node_no, v_join.node_no)
        and t.execution_id = p_execution_id and t.join_node = h.node_no and t.visit = h.visit
        and not coalesce(t.late_for, '{}') ? v_join.node_no::text;

    if v_node.late = 'cancel' then
        v_cancelled := array(
            select o.id from interlock.assignments o
            where o.execution_id = p_execution_id and o.id <> all (p_spared) and o.parent_assignment_id is null
                and o.ended_at is null
                and interlock.carries_mark(o, v_join.node_no, v_join.visit)
                and not interlock.reaches_join(o.version_id, o.node_no, v_join.node_no, p_execution_id, v_join.visit));
        perform interlock.cancel_assignments(array_fill(p_execution_id, array[cardinality(v_cancelled)]), v_cancelled,
            jsonb_build_object('code', 'late', 'message', format('The join %s went without it.', v_node.node_id)), p_now);
    end if;
end $$;

-- The shared objects of executions take in what visits put there, in order, later wins.
create function interlock.merge_contexts(p_executions uuid[], p_patches jsonb[]) returns void
language plpgsql set search_path = '' as $$
begin
    update interlock.executions e
    set context = e.context || c.patch, context_revision = e.context_revision + c.changes, change_number = nextval('interlock.change_numbers')
    from (
        select u.execution_id, jsonb_object_agg(pair.key, pair.value order by u.ord) as patch, count(distinct u.ord)::integer as changes
        from unnest(p_executions, p_patches) with ordinality u (execution_id, patch, ord)
        cross join lateral jsonb_each(u.patch) pair
        where jsonb_typeof(u.patch) = 'object'
        group by u.execution_id
    ) c
    where e.id = c.execution_id;
end $$;

-- The input of a visit of a join: the outputs that its tokens brought, merged in order of slots, later wins; late tokens left out. Always one row.
-- A plain SQL function in a from clause, so that it becomes part of the statement that calls it.
create function interlock.merged_inputs(p_execution_id uuid, p_join_node integer, p_visit integer) returns table (input jsonb)
language sql stable as $$
    select coalesce(pg_catalog.jsonb_object_agg(pair.key, pair.value order by t.slot), '{}')
    from interlock.tokens t
    cross join lateral (                                                  -- offset: by the whole key, not all of the execution for each token
        select o.execution_id, o.id, o.output from interlock.assignments o
        where o.execution_id = t.execution_id and o.id = t.from_assignment_id offset 0
    ) a
    cross join lateral pg_catalog.jsonb_each(coalesce(a.output, interlock.output_of(a.execution_id, a.id))) pair
    where t.execution_id = p_execution_id and t.join_node = p_join_node and t.visit = p_visit and not t.late
$$;

-- The output of an assignment: its own, or that of the one whose output it passes on, or the execution's input where that one is the trigger.
create function interlock.output_of(p_execution_id uuid, p_assignment_id uuid) returns jsonb language plpgsql stable set search_path = '' as $$
begin
    return (
        select coalesce(
            a.output,
            (select s.output from interlock.assignments s
             where s.execution_id = coalesce(a.source_execution_id, a.execution_id) and s.id = a.source_id),
            (select e.input from interlock.executions e where e.id = coalesce(a.source_execution_id, a.execution_id)))
        from interlock.assignments a
        where a.execution_id = p_execution_id and a.id = p_assignment_id);
end $$;

-- Finished visits of ordered nodes of an execution that no earlier open visit holds back any more.
create function interlock.parked_visits(p_execution_id uuid) returns table (execution_id uuid, id uuid, node_no integer, visit integer)
language sql stable as $$
    select a.execution_id, a.id, a.node_no, a.visit
    from interlock.assignments a
    where a.execution_id = p_execution_id and a.ended_at is null and a.wait_for = 'order' and not exists (
        select from interlock.assignments b
        where b.execution_id = a.execution_id and b.node_no = a.node_no and b.is_indexed and b.parent_assignment_id is null
            and b.visit < a.visit and b.ended_at is null and b.wait_for is distinct from 'order')
$$;

-- One token, which may be late, reaches its join. See place_tokens, which does many at once where none of them is late.
create function interlock.place_token(
    p_execution_id uuid, p_version_id integer, p_join_node integer, p_slot integer, p_from uuid, p_marks jsonb, p_now timestamptz
) returns void
language plpgsql set search_path = '' as $$
declare
    v_late_visit integer := (p_marks ->> p_join_node::text)::integer;
    v_marks      jsonb := interlock.without_mark(p_marks, p_join_node);
    v_visit      integer;
    v_last       record;
begin
    if v_late_visit is not null and not exists (
        select from interlock.tokens t
        where t.execution_id = p_execution_id and t.join_node = p_join_node and t.visit = v_late_visit and t.slot = p_slot)
    then
        insert into interlock.tokens (execution_id, join_node, visit, slot, from_assignment_id, late, late_for, token_number)
        values (p_execution_id, p_join_node, v_late_visit, p_slot, p_from, true, v_marks, nextval('interlock.change_numbers'));
        return;
    end if;

    select h.visit into v_visit
    from interlock.assignments h
    where h.execution_id = p_execution_id and h.node_no = p_join_node and h.status = 'holding' and not exists (
        select from interlock.tokens t
        where t.execution_id = p_execution_id and t.join_node = p_join_node and t.visit = h.visit and t.slot = p_slot)
    order by h.visit limit 1;

    if v_visit is null then
        select a.visit, a.rounds, a.created_at, e.last_waited_at into v_last
        from interlock.executions e
        left join interlock.assignments a
            on a.execution_id = e.id and a.node_no = p_join_node and a.is_indexed and a.parent_assignment_id is null
        where e.id = p_execution_id
        order by a.visit desc nulls last limit 1;
        v_visit := coalesce(v_last.visit, 0) + 1;
        insert into interlock.assignments (execution_id, id, version_id, node_no, visit, rounds, status, is_indexed, ordered, queue, previous_assignment_id,
            change_number, created_at)
        select p_execution_id, interlock.uuidv7(), p_version_id, p_join_node, v_visit,
               case when v_last.created_at > v_last.last_waited_at or v_last.last_waited_at is null then coalesce(v_last.rounds, 0) + 1 else 1 end,
               'holding', true, n.ordered, n.queue, p_from, nextval('interlock.change_numbers'), p_now
        from interlock.nodes n where n.version_id = p_version_id and n.node_no = p_join_node;
    end if;
    insert into interlock.tokens (execution_id, join_node, visit, slot, from_assignment_id, late_for, token_number)
    values (p_execution_id, p_join_node, v_visit, p_slot, p_from, v_marks, nextval('interlock.change_numbers'));
end $$;

-- Tokens reach their joins: each fills the lowest holding visit whose slot is empty, else it opens the next visit.
-- Transition: (new) -> holding.
-- Caller:  advance, which holds the locks of the executions. A token that is late for a visit that has gone is swallowed by it.
-- Errors:  none of its own.
create function interlock.place_tokens(p_wave interlock.wave, p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
declare
    v_token record;
begin
    if exists (select from unnest((p_wave).arrived_marks) mark where mark is not null) then
        for v_token in
            select * from unnest((p_wave).arrived_executions, (p_wave).arrived_versions, (p_wave).arrived_nodes, (p_wave).arrived_slots,
                (p_wave).arrived_from, (p_wave).arrived_marks) with ordinality t (execution_id, version_id, node_no, slot, from_id, marks, ord)
            order by ord
        loop
            perform interlock.place_token(v_token.execution_id, v_token.version_id, v_token.node_no, v_token.slot, v_token.from_id,
                v_token.marks, p_now);
        end loop;
        return;
    end if;

    with placed as materialized (
        select a.*, coalesce(free.visits[a.nth], last.visit + a.nth - coalesce(cardinality(free.visits), 0)) as visit,
               last.visit as last_visit, last.rounds, last.created_at as last_created_at
        from (
            select t.*, row_number() over (partition by t.execution_id, t.node_no, t.slot order by t.ord) as nth
            from unnest((p_wave).arrived_executions, (p_wave).arrived_versions, (p_wave).arrived_nodes, (p_wave).arrived_slots,
                (p_wave).arrived_from) with ordinality t (execution_id, version_id, node_no, slot, from_id, ord)
        ) a
        cross join lateral (
            select array_agg(h.visit order by h.visit) as visits
            from interlock.assignments h
            where h.execution_id = a.execution_id and h.node_no = a.node_no and h.status = 'holding' and not exists (
                select from interlock.tokens t
                where t.execution_id = a.execution_id and t.join_node = a.node_no and t.visit = h.visit and t.slot = a.slot)
        ) free
        cross join lateral (
            select coalesce(max(v.visit), 0) as visit, coalesce(max(v.rounds), 0) as rounds, max(v.created_at) as created_at
            from (
                select v.visit, v.rounds, v.created_at
                from interlock.assignments v
                where v.execution_id = a.execution_id and v.node_no = a.node_no and v.is_indexed and v.parent_assignment_id is null
                order by v.visit desc limit 1
            ) v
        ) last
    ), stored as (
        insert into interlock.tokens (execution_id, join_node, visit, slot, from_assignment_id, token_number)
        select p.execution_id, p.node_no, p.visit, p.slot, p.from_id, nextval('interlock.change_numbers')
        from (select x.* from placed x order by x.ord) p
    )
    insert into interlock.assignments (execution_id, id, version_id, node_no, visit, rounds, status, is_indexed, ordered, queue, previous_assignment_id,
        change_number, created_at)
    select o.execution_id, interlock.uuidv7(), o.version_id, o.node_no, o.visit,
           case when o.last_created_at > e.last_waited_at or e.last_waited_at is null then o.rounds + (o.visit - o.last_visit) else 1 end,
           'holding', true, n.ordered, n.queue, o.from_id, nextval('interlock.change_numbers'), p_now
    from (
        select distinct on (p.execution_id, p.node_no, p.visit) p.*
        from placed p
        where p.visit > p.last_visit
        order by p.execution_id, p.node_no, p.visit, p.ord
    ) o
    cross join lateral (select x.queue, x.ordered from interlock.nodes x where x.version_id = o.version_id and x.node_no = o.node_no offset 0) n
    join interlock.executions e on e.id = o.execution_id;
end $$;

-- Whether a node can still bring a token to a join without passing it; with p_visit, to a slot that this visit of it already has.
create function interlock.reaches_join(
    p_version_id integer, p_node_no integer, p_join_node integer, p_execution_id uuid default null, p_visit integer default null
) returns boolean language plpgsql stable set search_path = '' as $$
begin
    return (
        select exists (
            select from interlock.reaches r
            where r.version_id = p_version_id and r.join_node = p_join_node and r.to_node >= p_node_no and r.from_node = (
                select max(m.from_node) from interlock.reaches m
                where m.version_id = p_version_id and m.join_node = p_join_node and m.from_node <= p_node_no)
                and (p_visit is null or exists (
                    select from interlock.tokens t
                    where t.execution_id = p_execution_id and t.join_node = p_join_node and t.visit = p_visit
                        and t.slot between r.from_slot and r.to_slot))));
end $$;

-- ordered: true. Finished visits that were parked behind an earlier one leave directly after it; given back is the list with them put in.
-- Transition: waiting (for order) -> completed | failed.
-- Caller:  advance, with the locks of the executions.
create function interlock.release_ordered(
    p_executions uuid[], p_assignments uuid[], p_now timestamptz, out executions uuid[], out assignments uuid[]
)
language plpgsql set search_path = '' as $$
declare
    v_item   record;
    v_parked record;
begin
    executions := '{}';
    assignments := '{}';
    for v_item in
        select f.execution_id, f.id, f.ord, a.node_no, n.ordered
        from unnest(p_executions, p_assignments) with ordinality f (execution_id, id, ord)
        join interlock.assignments a on a.execution_id = f.execution_id and a.id = f.id
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
        order by f.ord
    loop
        executions := executions || v_item.execution_id;
        assignments := assignments || v_item.id;
        continue when not v_item.ordered;
        for v_parked in
            select p.execution_id, p.id from interlock.parked_visits(v_item.execution_id) p
            where p.node_no = v_item.node_no and not exists (             -- an earlier one may stand later in the list
                select from unnest(p_executions, p_assignments) with ordinality l (execution_id, id, ord)
                join interlock.assignments b on b.execution_id = l.execution_id and b.id = l.id
                where l.ord > v_item.ord and l.execution_id = v_item.execution_id and b.node_no = p.node_no and b.visit < p.visit)
            order by p.visit
        loop
            perform interlock.finish_parked(v_parked.execution_id, v_parked.id, p_now);
            executions := executions || v_parked.execution_id;
            assignments := assignments || v_parked.id;
        end loop;
    end loop;
end $$;

-- The status of executions follows from what is open in them; one with nothing open has completed.
-- Transition: execution pending, running, waiting, paused -> running | waiting | paused | completed.
-- No exists(): it may be planned as a hash of everything that is open in the database.
-- Caller:  advance, suspend, tick; with the locks of the executions. A repeat changes nothing.
create function interlock.update_statuses(p_executions uuid[], p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
begin
    update interlock.executions e
    set status = s.status,
        started_at = coalesce(e.started_at, p_now),
        ended_at = case when s.status = 'completed' then p_now end,
        change_number = nextval('interlock.change_numbers')
    from (
        select x.id, case
            when (select true from interlock.assignments a where a.execution_id = x.id and a.ended_at is null
                and a.status in ('pending', 'running') limit 1) then 'running'
            when (select true from interlock.assignments a where a.execution_id = x.id and a.ended_at is null
                and a.wait_for = 'person' limit 1) then 'paused'
            when (select true from interlock.assignments a where a.execution_id = x.id and a.ended_at is null limit 1) then 'waiting'
            else 'completed' end as status
        from unnest(p_executions) x (id)
        offset 0                                                          -- so that each is decided once
    ) s
    where e.id = s.id and e.status <> s.status and e.ended_at is null;
end $$;

-- Marks less the one of a join; null when none is left.
create function interlock.without_mark(p_marks jsonb, p_join_node integer) returns jsonb language sql immutable as $$
    select nullif(case when p_join_node is null then p_marks else p_marks - p_join_node::text end, '{}')
$$;

-- Pending visits of virtual users begin, and their executions go on. Should something in them raise, each is tried by itself, and what raises fails alone.
-- Caller: sweep_virtual_users, with the locks of the executions.
create function interlock.begin_virtual(p_executions uuid[], p_assignments uuid[], p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
declare
    v_wave     interlock.wave;
    v_progress interlock.progress;
begin
    if cardinality(p_executions) = 0 then
        return;
    end if;
    begin
        v_wave := interlock.begin_visits(p_executions, p_assignments, array_fill(false, array[cardinality(p_assignments)]), true, false, null, p_now);
        v_progress := interlock.go_on(array(select distinct e from unnest(p_executions) e), v_wave, null, p_now);
        perform interlock.wake_workers(v_wave.pending_queues || v_progress.pending_queues);
    exception when others then
        if interlock.is_passing_error(sqlstate) then
            raise;
        elsif cardinality(p_executions) = 1 then
            perform interlock.fail_broken_execution(p_executions[1], sqlstate, sqlerrm, p_now);
        else
            for v_row in 1 .. cardinality(p_executions) loop
                perform interlock.begin_virtual(p_executions[v_row:v_row], p_assignments[v_row:v_row], p_now);
            end loop;
        end if;
    end;
end $$;

-- The value of a compiled template over one visit's scope, or SQL null where it is not plain: a worker evaluates it then.
-- Programs: {"literal": any} | {"path": [root, key, …]} | {"text": [program, …]}; roots: input, context, subject, execution.
create function interlock.evaluate_program(p_program jsonb, p_input jsonb, p_context jsonb, p_subject text, p_execution_id uuid) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    v_root  text;
    v_path  text[];
    v_scope jsonb;
    v_part  jsonb;
    v_value jsonb;
    v_text  text := '';
begin
    if p_program ? 'literal' then
        return p_program -> 'literal';
    end if;
    if p_program ? 'path' then
        v_path := array(select pg_catalog.jsonb_array_elements_text(p_program -> 'path'));
        v_root := v_path[1];
        v_scope := case v_root
            when 'input' then p_input
            when 'context' then p_context
            when 'subject' then to_jsonb(p_subject)
            when 'execution' then interlock.execution_scope(p_execution_id)
        end;
        return v_scope #> v_path[2:];
    end if;
    for v_part in select pg_catalog.jsonb_array_elements(p_program -> 'text') loop
        v_value := interlock.evaluate_program(v_part, p_input, p_context, p_subject, p_execution_id);
        if v_value is null or jsonb_typeof(v_value) in ('object', 'array')
                or (jsonb_typeof(v_value) = 'number' and (v_value #>> '{}') !~ '^-?[0-9]{1,18}$') then
            return null;                                                  -- how these read as text is for one place to say
        end if;
        v_text := v_text || coalesce(v_value #>> '{}', 'null');
    end loop;
    return to_jsonb(v_text);
end $$;

-- What expressions see as `execution`.
create function interlock.execution_scope(p_execution_id uuid) returns jsonb language plpgsql stable set search_path = '' as $$
begin
    return (
        select pg_catalog.jsonb_build_object('id', e.id, 'workflow', w.name, 'version', v.version,
            'started_at', pg_catalog.to_char(e.started_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
        from interlock.executions e
        join interlock.workflow_versions v on v.id = e.version_id
        join interlock.workflows w on w.id = e.workflow_id
        where e.id = p_execution_id);
end $$;

-- What the virtual user decides about one visit of a node that needs no worker, or null where that is not plain and a worker has to look.
-- Caller: leave_nodes, begin_visits. Changes nothing.
create function interlock.resolve_inline(
    p_kind text, p_inline jsonb, p_input jsonb, p_context jsonb, p_subject text, p_execution_id uuid, p_now timestamptz
) returns interlock.resolution
language plpgsql stable set search_path = '' as $$
declare
    v_result interlock.resolution;
    v_vars   jsonb;
    v_rule   jsonb;
    v_hit    boolean;
    v_value  jsonb;
    v_key    text;
begin
    if p_kind in ('pass', 'end', 'start') then
        v_result.status := 'completed';
        return v_result;
    end if;
    if p_inline is null then
        return null;
    end if;

    if p_kind = 'choose' then
        v_vars := jsonb_build_object('context', p_context, 'subject', to_jsonb(p_subject),
            'execution', case when strpos(p_inline::text, '$execution') > 0 then interlock.execution_scope(p_execution_id) end);
        for v_rule in select jsonb_array_elements(p_inline -> 'rules') loop
            if v_rule ->> 'known' is not null and jsonb_path_match(p_input, (v_rule ->> 'known')::jsonpath, v_vars, true) is not true then
                return null;
            end if;
            v_hit := jsonb_path_match(p_input, (v_rule ->> 'path')::jsonpath, v_vars, true);
            if v_hit is null then
                return null;
            elsif v_hit then
                v_result.ports := v_result.ports || (v_rule ->> 'port');
                exit when not (p_inline ->> 'all')::boolean;
            end if;
        end loop;
        if v_result.ports is null and p_inline ->> 'default' is null then
            v_result.status := 'failed';
            v_result.error := jsonb_build_object('code', 'no_route', 'message', 'No rule of this node is true for its input, and it has no default.',
                'retryable', false);
        else
            v_result.status := 'completed';
            v_result.ports := coalesce(v_result.ports, array[p_inline ->> 'default']);
        end if;

    elsif p_kind = 'wait' then
        if p_inline ? 'seconds' then
            v_value := interlock.evaluate_program(p_inline -> 'seconds', p_input, p_context, p_subject, p_execution_id);
            if v_value is null or jsonb_typeof(v_value) <> 'number' or (v_value #>> '{}')::numeric not between 0 and 3153600000 then
                return null;
            end if;
            v_result.due_at := p_now + make_interval(secs => (v_value #>> '{}')::double precision);
        else
            v_value := interlock.evaluate_program(p_inline -> 'until', p_input, p_context, p_subject, p_execution_id);
            if v_value is null or jsonb_typeof(v_value) <> 'string'
                    or (v_value #>> '{}') !~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)$' then
                return null;
            end if;
            begin
                v_result.due_at := (v_value #>> '{}')::timestamptz;
            exception when data_exception then
                return null;
            end;
        end if;
        v_result.status := case when v_result.due_at <= p_now then 'completed' else 'waiting' end;
        if v_result.status = 'completed' then
            v_result.due_at := null;
        end if;

    elsif p_kind = 'set_context' then
        v_result.status := 'completed';
        v_result.context := '{}';
        for v_key in select jsonb_object_keys(p_inline -> 'values') loop
            v_value := interlock.evaluate_program(p_inline -> 'values' -> v_key, p_input, p_context, p_subject, p_execution_id);
            if v_value is null then
                return null;
            end if;
            v_result.context := v_result.context || jsonb_build_object(v_key, v_value);
        end loop;

    elsif p_kind = 'fail' then
        v_value := interlock.evaluate_program(p_inline -> 'message', p_input, p_context, p_subject, p_execution_id);
        if v_value is null then
            return null;
        end if;
        v_result.status := 'failed';
        v_result.error := jsonb_build_object('code', coalesce(p_inline ->> 'code', 'failed'), 'message', v_value, 'retryable', false);
    else
        return null;                                                      -- a worker's
    end if;
    return v_result;
end $$;

-- Visits that were left pending for a virtual user begin: what a long chain of inline nodes left over, what waited for a lock or was suspended, and,
-- with p_kinds given, what workflows in cron mode leave for START and ROUTER.
-- Transition: pending -> waiting | completed | failed | pending (a worker's).
-- Caller:  tick; workflow_start, workflow_route.
-- Locks:   the executions and assignments, skip locked. Gives back how many began.
create function interlock.sweep_virtual_users(p_kinds text[], p_limit integer, p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
declare
    v_due         record;
    v_executions  uuid[] := '{}';
    v_assignments uuid[] := '{}';
begin
    for v_due in
        select a.execution_id, a.id, a.lock_key, n.kind
        from interlock.assignments a
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
        join interlock.executions e on e.id = a.execution_id
        where a.status = 'pending' and not a.suspended and a.queue is null and a.due_at <= p_now
            and case when p_kinds is null then not n.by_cron else n.by_cron and n.kind = any (p_kinds) end
        order by a.due_at
        limit p_limit
        for no key update of a, e skip locked
    loop
        if v_due.lock_key is not null and not interlock.may_hold_lock(v_due.lock_key, v_due.execution_id, v_due.id, p_now) then
            update interlock.assignments a set due_at = 'infinity' where a.execution_id = v_due.execution_id and a.id = v_due.id;
            continue;
        end if;
        if v_due.kind = 'start' then
            update interlock.executions e set started_at = p_now where e.id = v_due.execution_id and e.started_at is null;
        end if;
        if v_due.lock_key is not null then
            perform interlock.begin_virtual(array[v_due.execution_id], array[v_due.id], p_now);   -- so that the next one sees it held
        else
            v_executions := v_executions || v_due.execution_id;
            v_assignments := v_assignments || v_due.id;
        end if;
    end loop;
    perform interlock.begin_virtual(v_executions, v_assignments, p_now);
    return cardinality(v_assignments);
end $$;

-- The sweep of the virtual user CONSENSUS for workflows in cron mode. Seed 000 names it; any cron may call it.
-- Joins are what it decides; see workflow_consensus_holding, which is the same sweep.
create function interlock.workflow_consensus(p_limit integer default 500) returns integer language sql as $$
    select interlock.workflow_consensus_holding(p_limit)
$$;

-- The sweep of the virtual user CONSENSUS over joins that hold, for workflows in cron mode. Seed 000 names it; any cron may call it.
-- Transition: holding -> pending | running | waiting | completed | failed. Caller: cron.
-- Locks:   the executions, skip locked. A repeat does what is left. Gives back how many executions were looked at.
create function interlock.workflow_consensus_holding(p_limit integer default 500) returns integer
language plpgsql set search_path = '' as $$
declare
    v_now        timestamptz := interlock.now();
    v_executions uuid[];
    v_progress   interlock.progress;
begin
    perform interlock.tick(p_limit);
    v_executions := interlock.lock_executions(array(
        select distinct a.execution_id
        from interlock.assignments a
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no and n.by_cron
        where a.status = 'holding'
        limit p_limit));
    if cardinality(v_executions) > 0 then
        v_progress := interlock.advance(v_executions, null, null, null, v_now, true);
        perform interlock.wake_workers(v_progress.pending_queues);
    end if;
    return cardinality(v_executions);
end $$;

-- The sweep of the virtual user ROUTER for workflows in cron mode. Seed 000 names it; any cron may call it.
-- Transition: pending -> waiting | completed | failed. Caller: cron. Locks: as sweep_virtual_users. A repeat does what is left.
create function interlock.workflow_route(p_limit integer default 500) returns integer
language plpgsql set search_path = '' as $$
begin
    perform interlock.tick(p_limit);
    return interlock.sweep_virtual_users(array['choose', 'pass', 'wait', 'set_context', 'fail', 'end'], p_limit, interlock.now());
end $$;

-- The sweep of the virtual user START for workflows in cron mode. Seed 000 names it; any cron may call it.
-- Transition: pending -> waiting | completed | failed. Caller: cron. Locks: as sweep_virtual_users. A repeat does what is left.
create function interlock.workflow_start(p_limit integer default 500) returns integer
language plpgsql set search_path = '' as $$
begin
    perform interlock.tick(p_limit);
    return interlock.sweep_virtual_users(array['start'], p_limit, interlock.now());
end $$;

-- Assignments whose time has come: a wait for time is over; anything else has timed out.
-- Transition: waiting -> completed | failed; running -> pending | failed. Caller: sweep_timers, with the locks of the executions.
create function interlock.finish_due(p_executions uuid[], p_assignments uuid[], p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
declare
    v_wave     interlock.wave;
    c_running  constant text := 'running';                                -- not a literal: no partial index is to be scanned for it
    v_late     interlock.wave;
    v_expired  record;
    v_progress interlock.progress;
begin
    with finished as (
        update interlock.assignments a
        set status = case when n.ordered and interlock.has_earlier_open_visit(a.execution_id, a.node_no, a.visit) then 'waiting' else 'completed' end,
            wait_for = case when n.ordered and interlock.has_earlier_open_visit(a.execution_id, a.node_no, a.visit) then 'order' end,
            ended_at = case when not (n.ordered and interlock.has_earlier_open_visit(a.execution_id, a.node_no, a.visit)) then p_now end,
            due_at = null, change_number = nextval('interlock.change_numbers')
        from unnest(p_executions, p_assignments) with ordinality d (execution_id, id, ord), interlock.nodes n
        where a.execution_id = d.execution_id and a.id = d.id and a.wait_for = 'time' and a.due_at <= p_now
            and n.version_id = a.version_id and n.node_no = a.node_no
        returning d.ord, a.execution_id, a.id, a.status
    )
    select array_agg(f.execution_id) filter (where f.status = 'completed'), array_agg(f.id) filter (where f.status = 'completed'),
           array_agg(distinct f.execution_id)
    into v_wave.frontier_executions, v_wave.frontier_assignments, v_wave.waited_executions
    from (select x.* from finished x order by x.ord) f;

    insert into interlock.revocations (worker_id, execution_id, assignment_id, attempt)
    select a.worker_id, a.execution_id, a.id, a.attempt
    from unnest(p_executions, p_assignments) d (execution_id, id)
    join interlock.assignments a on a.execution_id = d.execution_id and a.id = d.id
    where a.status = c_running and a.due_at <= p_now
    on conflict do nothing;

    select array_agg(a.execution_id order by d.ord) as executions, array_agg(a.id order by d.ord) as assignments,
           array_agg(jsonb_build_object('code', 'timed_out', 'retryable', true, 'message', case a.status
               when 'running' then format('The attempt took longer than %s seconds.', n.timeout_seconds)
               else format('Nothing came for the %s that it waited for.', a.wait_for) end) order by d.ord) as errors
    into v_expired
    from unnest(p_executions, p_assignments) with ordinality d (execution_id, id, ord)
    join interlock.assignments a on a.execution_id = d.execution_id and a.id = d.id
    join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
    where a.due_at <= p_now and (a.status = c_running or a.wait_for not in ('time', 'order'));
    if v_expired.executions is not null then
        v_late := interlock.fail_attempts(v_expired.executions, v_expired.assignments, v_expired.errors, 'timed_out', p_now);
        v_wave.frontier_executions := v_wave.frontier_executions || v_late.frontier_executions;
        v_wave.frontier_assignments := v_wave.frontier_assignments || v_late.frontier_assignments;
        v_wave.ended_executions := v_late.ended_executions;
        v_wave.ended_by := v_late.ended_by;
        v_wave.ended_errors := v_late.ended_errors;
    end if;
    v_progress := interlock.go_on(array(select distinct e from unnest(p_executions) e), v_wave, null, p_now);
    perform interlock.wake_workers(v_progress.pending_queues);
end $$;

-- In how many seconds the next thing that a tick would move is due; null: nothing is known to come.
create function interlock.next_tick_seconds(p_now timestamptz) returns double precision language plpgsql stable set search_path = '' as $$
begin
    return (
        select case when due.seconds < 0 then 0 else due.seconds end
        from (
            select extract(epoch from least(
                (select t.due_at from interlock.assignments t
                 where t.status in ('running', 'waiting') and t.due_at is not null and t.due_at < 'infinity' order by t.due_at limit 1),
                (select min(v.due_at)
                 from (
                     select p.version_id, p.node_no, p.due_at from interlock.assignments p
                     where p.status = 'pending' and not p.suspended and p.queue is null and p.due_at < 'infinity'
                     order by p.due_at limit 100
                 ) v
                 join interlock.nodes n on n.version_id = v.version_id and n.node_no = v.node_no and not n.by_cron),
                (select p_now from interlock.executions e where e.unsettled limit 1),
                (select e.deadline_at from interlock.executions e where e.deadline_at is not null and e.ended_at is null
                 order by e.deadline_at limit 1)) - p_now)::double precision
        ) due (seconds));
end $$;

-- Executions whose time has run out end.
-- Transition: execution pending, running, waiting, paused -> timed_out; its open assignments -> cancelled. Caller: tick. Locks: them, skip locked.
create function interlock.sweep_deadlines(p_limit integer, p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
declare
    v_executions uuid[];
begin
    v_executions := array(
        select e.id from interlock.executions e
        where e.deadline_at is not null and e.ended_at is null and e.deadline_at <= p_now
        order by e.deadline_at limit p_limit
        for no key update skip locked);
    if cardinality(v_executions) > 0 then
        perform interlock.end_executions(v_executions, array_fill('timed_out'::text, array[cardinality(v_executions)]),
            array_fill(null::uuid, array[cardinality(v_executions)]),
            array_fill(jsonb_build_object('code', 'timed_out', 'message', 'The execution took longer than its workflow allows.', 'retryable', false),
                array[cardinality(v_executions)]), p_now);
        perform interlock.wake_workers(interlock.wake_lock_waiters(interlock.keys_of(v_executions), p_now));
    end if;
    return cardinality(v_executions);
end $$;

-- Keys that became free without anybody saying so (a holder's time ran out, a wake-up was passed over): who waits for them may try again.
-- Transition: none; pending assignments become due. Caller: tick.
create function interlock.sweep_locks(p_limit integer, p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
declare
    v_keys   text[];
    v_queues text[];
begin
    select array_agg(k.lock_key) into v_keys
    from (
        select distinct a.lock_key from interlock.assignments a
        where a.lock_key is not null and a.status = 'pending' and a.due_at = 'infinity' and not a.suspended
        order by a.lock_key limit p_limit
    ) k;
    if v_keys is null then
        return 0;
    end if;
    v_queues := interlock.wake_lock_waiters(v_keys, p_now);
    perform interlock.wake_workers(v_queues);
    return coalesce(cardinality(v_queues), 0);
end $$;

-- Workers whose heartbeat is older than their lease are given up; what they ran goes back to its queue.
-- Transition: worker alive -> lost; its assignments running -> pending | failed. Caller: tick. Locks: the workers' rows, skip locked.
create function interlock.sweep_lost_workers(p_limit integer, p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
declare
    v_worker uuid;
    v_count  integer := 0;
begin
    for v_worker in
        select w.id from interlock.workers w
        where w.status = 'alive' and w.heartbeat_at < p_now - make_interval(secs => w.lease_seconds)
        order by w.heartbeat_at limit p_limit
        for no key update skip locked
    loop
        begin
            update interlock.workers w set status = 'lost', ended_at = p_now where w.id = v_worker;
            perform interlock.give_up_worker(v_worker, true, p_now);
            v_count := v_count + 1;
        exception when others then
            if interlock.is_passing_error(sqlstate) then
                raise;
            end if;
            raise warning 'interlock.tick: giving up worker % raised % (%)', v_worker, sqlerrm, sqlstate;
        end;
    end loop;
    return v_count;
end $$;

-- Waits whose time has come go on; attempts whose time has run out fail.
-- Transition: waiting -> completed | failed; running -> pending | failed.
-- Caller:  tick. Locks: the executions, skip locked. Gives back how many were due.
create function interlock.sweep_timers(p_limit integer, p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
declare
    v_due record;
begin
    select array_agg(d.execution_id order by d.due_at, d.change_number) as executions, array_agg(d.id order by d.due_at, d.change_number) as assignments
    into v_due
    from (
        select a.execution_id, a.id, a.due_at, a.change_number
        from interlock.assignments a
        join interlock.executions e on e.id = a.execution_id
        where a.status in ('running', 'waiting') and a.due_at is not null and a.due_at <= p_now
        order by a.due_at limit p_limit
        for no key update of e skip locked
    ) d;
    if v_due.executions is null then
        return 0;
    end if;
    begin
        perform interlock.finish_due(v_due.executions, v_due.assignments, p_now);
    exception when others then
        if interlock.is_passing_error(sqlstate) then
            raise;
        end if;
        for v_row in 1 .. cardinality(v_due.executions) loop
            begin
                perform interlock.finish_due(v_due.executions[v_row:v_row], v_due.assignments[v_row:v_row], p_now);
            exception when others then
                if interlock.is_passing_error(sqlstate) then
                    raise;
                end if;
                perform interlock.fail_broken_execution(v_due.executions[v_row], sqlstate, sqlerrm, p_now);
            end;
        end loop;
    end;
    return cardinality(v_due.executions);
end $$;

-- Executions that went round so often in one transaction that their joins were left for the next.
-- Transition: as advance. Caller: tick. Locks: them, skip locked. Should one raise, it fails alone.
create function interlock.sweep_unsettled(p_limit integer, p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
declare
    v_execution uuid;
    v_progress  interlock.progress;
    v_count     integer := 0;
begin
    for v_execution in
        select e.id from interlock.executions e where e.unsettled order by e.id limit p_limit for no key update skip locked
    loop
        begin
            update interlock.executions e set unsettled = false where e.id = v_execution;
            v_progress := interlock.advance(array[v_execution], null, null, null, p_now);
            perform interlock.wake_workers(v_progress.pending_queues);
        exception when others then
            if interlock.is_passing_error(sqlstate) then
                raise;
            end if;
            perform interlock.fail_broken_execution(v_execution, sqlstate, sqlerrm, p_now);
            update interlock.executions e set unsettled = false where e.id = v_execution;
        end;
        v_count := v_count + 1;
    end loop;
    return v_count;
end $$;

-- Everything that time moves: lost workers, due waits and timeouts, deadlines of executions, virtual users' leftovers, free locks.
-- Transition: waiting -> completed | failed; running -> pending | failed; execution -> timed_out; what follows from them.
-- Caller:  every worker, cron, `interlock tick`. One at a time: the others answer {"skipped": true}. A repeat does what is left.
-- Locks:   an advisory transaction lock; executions, skip locked.
-- Bounded to p_limit rows of a kind. A row that raises fails alone.
create function interlock.tick(p_limit integer default 500) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now  timestamptz := interlock.now();
    v_done jsonb;
begin
    perform interlock.require_read_committed();
    if p_limit is null or p_limit not between 1 and 10000 then
        perform interlock.raise_error('IL013', 'The limit of a tick is a number from 1 to 10000.');
    end if;
    if not pg_try_advisory_xact_lock(hashtext('interlock.tick')) then
        return jsonb_build_object('skipped', true, 'next_due_seconds', null);
    end if;
    v_done := jsonb_build_object(
        'skipped', false,
        'lost_workers', interlock.sweep_lost_workers(p_limit, v_now),
        'timers', interlock.sweep_timers(p_limit, v_now),
        'deadlines', interlock.sweep_deadlines(p_limit, v_now),
        'virtual', interlock.sweep_virtual_users(null, p_limit, v_now),
        'unsettled', interlock.sweep_unsettled(p_limit, v_now),
        'locks', interlock.sweep_locks(p_limit, v_now));
    return v_done || jsonb_build_object('next_due_seconds', interlock.next_tick_seconds(v_now));
end $$;

-- Takes a lock by hand, for whoever needs one outside a workflow. Seed 002 names it.
-- Transition: free or run out -> held. A repeat by the same holder renews it. Locks: the key's row.
-- Gives back whether the caller holds it now. timeout: seconds until it runs out by itself.
create function interlock.acquire_workflow_lock(lock_key text, instance_id text, timeout integer default 300) returns boolean
language plpgsql set search_path = '' as $$
declare
    v_now  timestamptz := interlock.now();
    v_lock interlock.locks;
begin
    perform interlock.require_read_committed();
    if coalesce(timeout, 0) <= 0 or coalesce(instance_id, '') = '' then
        perform interlock.raise_error('IL013', 'A lock needs a holder and a timeout of at least one second.');
    end if;
    perform pg_advisory_xact_lock(interlock.advisory_key(lock_key));
    insert into interlock.locks (lock_key) values (acquire_workflow_lock.lock_key) on conflict do nothing;
    select * into v_lock from interlock.locks l where l.lock_key = acquire_workflow_lock.lock_key for update;
    if v_lock.holder is distinct from instance_id and interlock.is_lock_held(acquire_workflow_lock.lock_key, v_now) then
        return false;
    end if;
    update interlock.locks l
    set holder = instance_id, expires_at = v_now + make_interval(secs => timeout),
        token = l.token + case when v_lock.holder is not distinct from instance_id and v_lock.expires_at > v_now then 0 else 1 end
    where l.lock_key = acquire_workflow_lock.lock_key;
    return true;
end $$;

-- The number of a key's advisory lock. Whoever makes a key's row holds it, so that others need not wait to learn whether there will be one.
create function interlock.advisory_key(p_key text) returns bigint language sql immutable as $$
    select pg_catalog.hashtextextended('interlock.lock ' || p_key, 0)
$$;

-- Who holds a key, in words, and until when where that is known. Caller: explain.
create function interlock.describe_holder(p_key text, p_now timestamptz, out holder text, out expires_at timestamptz)
language sql stable as $$
    select h.holder, h.expires_at
    from (
        select l.holder, l.expires_at from interlock.locks l where l.lock_key = p_key and l.holder is not null and l.expires_at > p_now
        union all
        select format('node %s of execution %s', n.node_id, a.execution_id), a.due_at
        from interlock.assignments a
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
        where a.lock_key = p_key and a.status in ('running', 'waiting')
        union all
        select format('execution %s', e.id), e.deadline_at
        from interlock.executions e where e.lock_key = p_key and e.ended_at is null and e.started_at is not null
    ) h
    limit 1
$$;

-- Whether an execution about this subject (seed 002: account_id) is open. Changes nothing.
create function interlock.has_active_workflow(account_id text) returns boolean language sql stable as $$
    select exists (select from interlock.executions e where e.subject = account_id and e.ended_at is null)
$$;

-- Whether a key is held, by hand, by a visit or by an execution. Seed 002 names it. Changes nothing.
create function interlock.has_workflow_lock(lock_key text) returns boolean language sql stable as $$
    select interlock.is_lock_held(lock_key, interlock.now())
$$;

-- Whether anything holds a key: a visit or an execution that is alive, or somebody by hand whose time has not run out.
create function interlock.is_lock_held(p_key text, p_now timestamptz) returns boolean language plpgsql stable set search_path = '' as $$
begin
    return (
        select exists (select from interlock.locks l where l.lock_key = p_key and l.holder is not null and l.expires_at > p_now)
            or exists (select from interlock.assignments a where a.lock_key = p_key and a.status in ('running', 'waiting'))
            or exists (select from interlock.executions e where e.lock_key = p_key and e.ended_at is null and e.started_at is not null));
end $$;

-- The keys that these executions and their visits have to do with.
create function interlock.keys_of(p_executions uuid[]) returns text[] language plpgsql stable set search_path = '' as $$
begin
    return (
        select pg_catalog.array_agg(distinct k.lock_key)
        from pg_catalog.unnest(p_executions) x (id)
        cross join lateral (
            select a.lock_key from interlock.assignments a where a.execution_id = x.id and a.lock_key is not null
            union all
            select e.lock_key from interlock.executions e where e.id = x.id and e.lock_key is not null
        ) k);
end $$;

-- The key that a lock's program gives for a visit or an execution; null where there is none, or none of 1 to 500 characters.
create function interlock.lock_key_of(p_program jsonb, p_input jsonb, p_context jsonb, p_subject text, p_execution_id uuid) returns text
language plpgsql stable set search_path = '' as $$
declare
    v_key text := interlock.evaluate_program(p_program, p_input, p_context, p_subject, p_execution_id) #>> '{}';
begin
    return case when length(v_key) between 1 and 500 then v_key end;
end $$;

-- Whether an assignment may begin under a key now. Who holds a key is counted from what is alive, under the lock of the key's row, so nothing leaks.
-- Caller: claim_locked, claim_alone, sweep_virtual_users. Locks: the key's row, skip locked: a busy key is passed over.
create function interlock.may_hold_lock(p_key text, p_execution_id uuid, p_assignment_id uuid, p_now timestamptz) returns boolean
language plpgsql set search_path = '' as $$
declare
    v_lock interlock.locks;
begin
    if not pg_try_advisory_xact_lock(interlock.advisory_key(p_key)) then
        return false;                                                     -- a key that another transaction is just making would be waited for
    end if;
    insert into interlock.locks (lock_key) values (p_key) on conflict do nothing;
    select * into v_lock from interlock.locks l where l.lock_key = p_key for update skip locked;
    if not found or v_lock.holder is not null and v_lock.expires_at > p_now then
        return false;
    end if;
    return not exists (
            select from interlock.assignments a
            where a.lock_key = p_key and a.status in ('running', 'waiting')
                and (a.execution_id, a.id) <> (p_execution_id, p_assignment_id))
        and not exists (
            select from interlock.executions e
            where e.lock_key = p_key and e.ended_at is null and e.started_at is not null and e.id <> p_execution_id);
end $$;

-- Gives back a lock that was taken by hand. Seed 002 names it.
-- Transition: held -> free. A repeat, or another holder's key, changes nothing and answers false. Locks: the key's row.
create function interlock.release_workflow_lock(lock_key text, instance_id text) returns boolean
language plpgsql set search_path = '' as $$
declare
    v_now timestamptz := interlock.now();
begin
    perform interlock.require_read_committed();
    update interlock.locks l set holder = null, expires_at = null
    where l.lock_key = release_workflow_lock.lock_key and l.holder = instance_id and l.expires_at > v_now;
    if not found then
        return false;
    end if;
    perform interlock.wake_workers(interlock.wake_lock_waiters(array[release_workflow_lock.lock_key], v_now));
    return true;
end $$;

-- The longest waiting of what stands back for each of these keys may try again, if the key is free now.
-- Transition: none; a pending assignment becomes due. Caller: advance, tick, release_workflow_lock. Locks: that assignment, skip locked.
-- Gives back the queues in which something has become due.
create function interlock.wake_lock_waiters(p_keys text[], p_now timestamptz) returns text[]
language plpgsql set search_path = '' as $$
declare
    v_key    text;
    v_waiter record;
    v_queues text[];
begin
    for v_key in select distinct k from unnest(p_keys) k where k is not null order by k loop
        select a.execution_id, a.id, a.queue into v_waiter
        from interlock.assignments a
        where a.lock_key = v_key and a.status = 'pending' and a.due_at = 'infinity' and not a.suspended
        order by a.created_at, a.id
        limit 1
        for no key update skip locked;
        if found and not interlock.is_lock_held(v_key, p_now) then
            update interlock.assignments a set due_at = p_now where a.execution_id = v_waiter.execution_id and a.id = v_waiter.id;
            v_queues := v_queues || v_waiter.queue;
        end if;
    end loop;
    return v_queues;
end $$;

-- What too many workers were lost with fails for good. Should something in it raise, each is tried by itself, and what raises fails alone.
-- Transition: running -> failed, and its execution goes on by the error policy.
-- Caller:  give_up_worker, with the locks of the executions. Gives back the queues in which something new is pending.
create function interlock.fail_doomed(p_executions uuid[], p_assignments uuid[], p_loss_count integer, p_now timestamptz) returns text[]
language plpgsql set search_path = '' as $$
declare
    v_wave   interlock.wave;
    v_queues text[];
begin
    v_wave := interlock.fail_attempts(p_executions, p_assignments, array_fill(jsonb_build_object('code', 'worker_lost',
        'message', format('%s workers were lost while they ran it.', p_loss_count), 'retryable', false), array[cardinality(p_assignments)]),
        'failed', p_now);
    return (interlock.go_on(array(select distinct e from unnest(p_executions) e), v_wave, null, p_now)).pending_queues;
exception when others then
    if interlock.is_passing_error(sqlstate) then
        raise;
    elsif cardinality(p_executions) = 1 then
        perform interlock.fail_broken_execution(p_executions[1], sqlstate, sqlerrm, p_now);
        return null;
    end if;
    for v_row in 1 .. cardinality(p_executions) loop
        v_queues := v_queues || interlock.fail_doomed(p_executions[v_row:v_row], p_assignments[v_row:v_row], p_loss_count, p_now);
    end loop;
    return v_queues;
end $$;

-- What a worker that is gone still held goes back to its queue; with p_lost each counts a loss, and the third is final.
-- Transition: running -> pending | failed.
-- Caller:  stop_worker, tick. Locks: the executions of what it held, by id.
create function interlock.give_up_worker(p_worker_id uuid, p_lost boolean, p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
declare
    v_held   record;
    v_queues text[];
    c_most_losses constant integer := 3;
begin
    perform pg_advisory_xact_lock(hashtextextended(p_worker_id::text, 0));  -- behind an exchange of it that is under way
    delete from interlock.exchanges x where x.worker_id = p_worker_id;
    delete from interlock.revocations r where r.worker_id = p_worker_id;
    select array_agg(a.execution_id) as executions into v_held
    from interlock.assignments a where a.ended_at is null and a.status = 'running' and a.worker_id = p_worker_id;
    if v_held.executions is null then
        return 0;
    end if;
    perform interlock.lock_executions(v_held.executions, v_held.executions);
    select array_agg(a.execution_id) as executions, array_agg(a.id) as assignments,
           array_agg(a.execution_id) filter (where p_lost and a.loss_count + 1 >= c_most_losses) as doomed_executions,
           array_agg(a.id) filter (where p_lost and a.loss_count + 1 >= c_most_losses) as doomed
    into v_held
    from interlock.assignments a
    where a.ended_at is null and a.status = 'running' and a.worker_id = p_worker_id and a.execution_id = any (v_held.executions);
    if v_held.executions is null then
        return 0;
    end if;

    if p_lost then
        insert into interlock.assignment_attempts (execution_id, assignment_id, attempt, loss_count, outcome, error, worker_id, started_at, ended_at)
        select a.execution_id, a.id, a.attempt, a.loss_count, 'lost',
               jsonb_build_object('code', 'worker_lost', 'message', 'The worker that ran it was lost.', 'retryable', true),
               a.worker_id, a.started_at, p_now
        from unnest(v_held.executions, v_held.assignments) h (execution_id, id)
        join interlock.assignments a on a.execution_id = h.execution_id and a.id = h.id
        on conflict do nothing;
        update interlock.workers w set statistics = w.statistics || jsonb_build_object('lost', cardinality(v_held.assignments))
        where w.id = p_worker_id;
    end if;
    with returned as (
        update interlock.assignments a
        set status = 'pending', worker_id = null, due_at = p_now, loss_count = a.loss_count + p_lost::integer,
            suspended = e.suspended_at is not null, change_number = nextval('interlock.change_numbers')
        from unnest(v_held.executions, v_held.assignments) h (execution_id, id)
        join interlock.executions e on e.id = h.execution_id
        where a.execution_id = h.execution_id and a.id = h.id and a.status = 'running' and a.id <> all (coalesce(v_held.doomed, '{}'))
        returning a.queue
    )
    select array_agg(distinct r.queue) into v_queues from returned r;
    if v_held.doomed is not null then
        v_queues := v_queues || interlock.fail_doomed(v_held.doomed_executions, v_held.doomed, c_most_losses, p_now);
    end if;
    perform interlock.wake_workers(v_queues);
    return cardinality(v_held.assignments);
end $$;

-- Proof of life, with what the worker counted so far. The answer names assignments that were taken from the worker since the last one.
-- Transition: none but the time. Caller: a worker's heartbeat thread. Locks: the worker's row.
-- A repeat is another heartbeat; revocations that were in a lost answer are fenced off by the exchange all the same.
create function interlock.heartbeat(p_worker_id uuid, p_statistics jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_revoked jsonb;
begin
    perform interlock.require_read_committed();
    update interlock.workers w set heartbeat_at = interlock.now(), statistics = coalesce(p_statistics, w.statistics)
    where w.id = p_worker_id and w.status = 'alive';
    if not found then
        return jsonb_build_object('lost', true, 'revoked', '[]'::jsonb);
    end if;
    with gone as (
        delete from interlock.revocations r where r.worker_id = p_worker_id returning r.*
    )
    select jsonb_agg(jsonb_build_object('execution_id', g.execution_id, 'assignment_id', g.assignment_id, 'attempt', g.attempt)) into v_revoked
    from gone g;
    return jsonb_build_object('lost', false, 'revoked', coalesce(v_revoked, '[]'));
end $$;

-- Raises why a worker cannot go on under its id: IL010 unknown, IL011 given up, IL031 another user's. Caller: register_worker, touch_worker.
create function interlock.refuse_worker(p_worker_id uuid, p_registered_by uuid) returns void
language plpgsql set search_path = '' as $$
declare
    v_worker interlock.workers;
begin
    select * into v_worker from interlock.workers w where w.id = p_worker_id;
    if not found then
        perform interlock.raise_error('IL010', format('No worker %s is registered.', p_worker_id), p_hint => 'Claim something first; that registers it.');
    elsif v_worker.registered_by is distinct from p_registered_by then
        perform interlock.raise_error('IL031', format('The worker %s was registered by somebody else.', p_worker_id), p_hint => 'Choose an id of your own.');
    end if;
    perform interlock.raise_error('IL011', format('The worker %s was given up.', p_worker_id), p_hint => 'Register under a new id.');
end $$;

-- A worker process makes itself known.
-- Transition: (new) worker alive. A repeat with the same id refreshes it; an id that was given up is refused (IL011), that of another user too (IL031).
-- Locks: the worker's row.
create function interlock.register_worker(
    p_worker_id uuid, p_name text, p_queues text[], p_lease_seconds integer, p_details jsonb default '{}', p_registered_by uuid default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now timestamptz := interlock.now();
begin
    perform interlock.require_read_committed();
    insert into interlock.workers as w (id, name, queues, lease_seconds, details, registered_by, registered_at, heartbeat_at)
    values (p_worker_id, p_name, p_queues, p_lease_seconds, coalesce(p_details, '{}'), p_registered_by, v_now, v_now)
    on conflict (id) do update set heartbeat_at = v_now, queues = excluded.queues, details = excluded.details, lease_seconds = excluded.lease_seconds
    where w.status = 'alive' and w.registered_by is not distinct from p_registered_by;
    if not found then
        perform interlock.refuse_worker(p_worker_id, p_registered_by);
    end if;
    insert into interlock.exchanges (worker_id) values (p_worker_id) on conflict do nothing;
    return jsonb_build_object('worker_id', p_worker_id);
end $$;

-- A worker ends in good order; what it still holds goes back at once, without counting as a loss.
-- Transition: worker alive -> stopped; its assignments running -> pending. A repeat changes nothing.
-- Locks: the worker's row, the executions of what it holds.
create function interlock.stop_worker(p_worker_id uuid) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now timestamptz := interlock.now();
begin
    perform interlock.require_read_committed();
    update interlock.workers w set status = 'stopped', ended_at = v_now where w.id = p_worker_id and w.status = 'alive';
    if found then
        return jsonb_build_object('released', interlock.give_up_worker(p_worker_id, false, v_now));
    end if;
    return jsonb_build_object('released', 0);
end $$;

-- A sign of life beside another call; revocations stay for the next heartbeat.
-- Transition: none but the time. Caller: the API, for a user's worker. Locks: the worker's row.
-- Errors:  IL010 worker_unknown, IL011 worker_lost, IL031 not_allowed (another user's).
create function interlock.touch_worker(p_worker_id uuid, p_registered_by uuid) returns jsonb
language plpgsql set search_path = '' as $$
begin
    perform interlock.require_read_committed();
    update interlock.workers w set heartbeat_at = interlock.now()
    where w.id = p_worker_id and w.status = 'alive' and w.registered_by is not distinct from p_registered_by;
    if not found then
        perform interlock.refuse_worker(p_worker_id, p_registered_by);
    end if;
    return jsonb_build_object('worker_id', p_worker_id);
end $$;

-- Tells listening workers that something new can be done, if one of them has room for it. The last thing in a transaction.
-- Caller: every function that leaves something pending. p_queues: where; an element null is for a virtual user.
create function interlock.wake_workers(p_queues text[], p_except uuid default null) returns void
language plpgsql set search_path = '' as $$
begin
    if cardinality(p_queues) > 0 and exists (
        select from interlock.exchanges x
        where x.worker_id is distinct from p_except and (x.queues && p_queues or array_position(p_queues, null) is not null and x.queues <> '{}'))
    then
        perform pg_notify('workflow_changes', (select coalesce(string_agg(distinct q, ','), 'virtual') from unnest(p_queues) q));
    end if;
end $$;

-- Assignments with their node, their actor, and their derived input and output.
create view interlock.assignment_details as
select a.execution_id, a.id, n.node_id, n.name, n.type, n.subtype, a.node_no, a.visit, a.attempt, a.loss_count, a.status, a.suspended, a.queue,
       case
           when a.assigned_to is not null then person.name
           when n.kind = 'start' then 'START'
           when n.kind = 'pass' and n.join_kind is not null then 'CONSENSUS'
           when n.kind <> 'worker' then 'ROUTER'
           else worker.name
       end as actor,
       coalesce(a.ports, '{main}') as ports, a.wait_for, a.due_at, a.error, a.previous_assignment_id, a.parent_assignment_id, a.lock_key,
       coalesce(e.root_id, e.id) || ':' || n.node_id || ':' || a.visit as idempotency_key,
       interlock.input_of(a.execution_id, a.id) as input,
       case when a.status in ('completed', 'failed') and (a.error is null or a.output is not null or a.source_id is not null)
           then interlock.output_of(a.execution_id, a.id) end as output,
       a.created_at, a.started_at, a.ended_at, a.change_number
from interlock.assignments a
join interlock.executions e on e.id = a.execution_id
join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
left join interlock.workers worker on worker.id = a.worker_id
left join interlock.users person on person.id = a.assigned_to;

-- Executions with what they belong to and what came of them.
create view interlock.execution_details as
select e.id, w.name as workflow, v.version, e.version_id, e.workflow_id, e.status, e.subject, e.input, interlock.execution_output(e.id) as output,
       e.context, e.context_revision, e.error, end_node.node_id as end_node_id, e.suspended_at, e.suspended_by, e.retried_from,
       coalesce(e.root_id, e.id) as root_id, e.lock_key, e.idempotency_key, e.created_at, e.started_at, e.ended_at, e.deadline_at,
       e.ended_at - e.started_at as duration, e.change_number
from interlock.executions e
join interlock.workflow_versions v on v.id = e.version_id
join interlock.workflows w on w.id = e.workflow_id
left join interlock.assignments ending on ending.execution_id = e.id and ending.id = e.end_id
left join interlock.nodes end_node on end_node.version_id = ending.version_id and end_node.node_no = ending.node_no;

-- Seed 002: what is to go on at a time.
create view interlock.scheduled_tasks as
select a.id as task_id, a.execution_id as workflow_instance_id, n.node_id as step_id, 'execute_workflow_step'::text as action,
       a.due_at as scheduled_for, a.status, jsonb_build_object('account_id', e.subject, 'step_id', n.node_id, 'step_config', n.parameters) as payload
from interlock.assignments a
join interlock.executions e on e.id = a.execution_id
join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
where a.status in ('pending', 'waiting') and a.due_at is not null;

-- Seed 000: the chain of assignments.
create view interlock.task_assignments as
select a.id, a.execution_id as task_id, n.node_id as stage_id, upper(a.status) as status,
       coalesce(a.assigned_to, (select u.id from interlock.users u where u.is_system and u.name = case
           when n.kind = 'start' then 'START' when n.kind = 'pass' and n.join_kind is not null then 'CONSENSUS'
           when n.kind <> 'worker' then 'ROUTER' end)) as assigned_to,
       a.previous_assignment_id as previous_task_assignment_id, a.created_at, a.started_at, a.ended_at as completed_at
from interlock.assignments a
join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no;

-- Seeds 000 and 003: what workflows work on.
create view interlock.tasks as
select e.id, e.workflow_id, e.subject, e.input as data, e.status, e.created_at, e.ended_at as completed_at
from interlock.executions e;

-- Seed 002: templates of workflows.
create view interlock.workflow_definitions as
select w.id, w.name as type, w.name, v.version, v.definition -> 'nodes' as steps, v.definition as config, v.definition as workflow_data, v.tags,
       w.deleted_at is null as is_active, v.created_at, w.updated_at
from interlock.workflows w
join interlock.workflow_versions v on v.workflow_id = w.id and v.version = w.current_version;

-- Seed 001: the state of each execution's nodes.
create view interlock.workflow_execution_states as
select a.execution_id, a.node_id, a.visit, a.status, a.input as input_data, a.output as output_data, a.error, a.started_at, a.ended_at
from interlock.assignment_details a;

-- Seeds 001 and 004: executions with all that happened in them.
create view interlock.workflow_executions as
select e.id as execution_id, e.id, e.workflow_id, case e.status when 'pending' then 'NEW' else upper(e.status) end as status,
       (select n.node_id from interlock.assignments a
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
        where a.execution_id = e.id and a.status in ('pending', 'running', 'waiting')
        order by a.change_number desc limit 1) as current_node_id,
       interlock.run_data(e.id) as run_data,
       case when e.status = 'paused' then (
           select jsonb_build_object('execution_id', e.id, 'workflow_id', e.workflow_id, 'paused_at', a.started_at, 'paused_node_id', n.node_id,
               'pause_reason', 'human_interaction', 'timeout_at', a.due_at)
           from interlock.assignments a
           join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
           where a.execution_id = e.id and a.status = 'waiting' and a.wait_for = 'person'
           order by a.started_at limit 1) end as pause_data,
       (select max(a.started_at) from interlock.assignments a
        where a.execution_id = e.id and a.status = 'waiting' and a.wait_for = 'person') as paused_at,
       e.input as initial_data, e.error, e.created_at, e.started_at as start_time, e.ended_at as end_time
from interlock.executions e;

-- Seed 002: workflows in progress about an account.
create view interlock.workflow_instances as
select e.id, e.subject as account_id, e.workflow_id, case when e.status in ('pending', 'running', 'waiting') then 'active' else e.status end as status,
       (select count(*)::integer from interlock.assignments a where a.execution_id = e.id and a.status = 'completed') as current_step,
       (select count(*)::integer from interlock.nodes n where n.version_id = e.version_id) as total_steps,
       e.input as account_data, e.context as execution_context, e.created_at, e.ended_at as completed_at
from interlock.executions e;

-- Seed 002: who holds which key, by hand, by a visit or by an execution.
create view interlock.workflow_locks as
select l.lock_key, l.holder as locked_by, l.expires_at from interlock.locks l where l.holder is not null and l.expires_at > interlock.now()
union all
select a.lock_key, a.execution_id::text || '/' || a.id::text, a.due_at
from interlock.assignments a where a.lock_key is not null and a.status in ('running', 'waiting')
union all
select e.lock_key, e.id::text, e.deadline_at
from interlock.executions e where e.lock_key is not null and e.ended_at is null and e.started_at is not null;

-- Seed 000: the stages of the current versions.
create view interlock.workflow_stages as
select w.id as workflow_id, n.node_id as id, n.name, n.type, n.subtype, n.parameters -> 'custom_config' as custom_config,
       (select t.node_id from interlock.connections c
        join interlock.nodes t on t.version_id = c.version_id and t.node_no = c.to_node
        where c.version_id = n.version_id and c.from_node = n.node_no and c.type = 'MAIN' and c.port not in ('error', 'false')
        order by c.connection_no limit 1) as on_success_stage_id,
       (select t.node_id from interlock.connections c
        join interlock.nodes t on t.version_id = c.version_id and t.node_no = c.to_node
        where c.version_id = n.version_id and c.from_node = n.node_no and c.type = 'MAIN' and c.port in ('error', 'false')
        order by c.connection_no limit 1) as on_failure_stage_id
from interlock.workflows w
join interlock.workflow_versions v on v.workflow_id = w.id and v.version = w.current_version
join interlock.nodes n on n.version_id = v.id;

-- Makes the triggers that refuse every change of status but those that are rows of the transition tables. Run again after changing those rows.
-- The allowed ones are one text: each update reads its trigger's condition anew, and twenty comparisons take longer to read than to make.
create function interlock.guard_transitions() returns void language plpgsql set search_path = '' as $$
declare
    v_table   text;
    v_allowed text;
begin
    foreach v_table in array array['executions', 'assignments'] loop
        execute format('select '' '' || string_agg(t.from_status || ''>'' || t.to_status, '' '' order by t.from_status, t.to_status) || '' ''
                        from interlock.%I t', left(v_table, -1) || '_transitions') into v_allowed;
        execute format('drop trigger if exists refuse_transition on interlock.%I', v_table);
        execute format('create trigger refuse_transition before update of status on interlock.%I for each row
                        when (old.status <> new.status and strpos(%L, '' '' || old.status || ''>'' || new.status || '' '') = 0)
                        execute function interlock.refuse_transition()', v_table, v_allowed);
    end loop;
end $$;

-- Called only to raise: a change of status that no row of a transition table allows (IL092).
create function interlock.refuse_transition() returns trigger language plpgsql set search_path = '' as $$
begin
    perform interlock.raise_error('IL092', format('A row of %s cannot go from %s to %s.', tg_table_name, old.status, new.status),
        p_hint => 'Terminal is final; docs/states.md lists what is allowed.');
    return null;
end $$;

-- A credential as people may see it: everything but its values. Caller: the functions of this folder.
create function interlock.credential_json(p_credential interlock.credentials) returns jsonb language sql stable set search_path = '' as $$
    select jsonb_build_object('id', p_credential.id, 'name', p_credential.name, 'kind', p_credential.kind, 'description', p_credential.description,
        'field_names', p_credential.field_names, 'allowed_hosts', p_credential.allowed_hosts, 'revision', p_credential.revision, 'created_by', p_credential.created_by,
        'created_at', p_credential.created_at, 'updated_by', p_credential.updated_by, 'updated_at', p_credential.updated_at,
        'last_used_at', p_credential.last_used_at)
$$;

-- Credentials whose key is not wrapped by the master key p_key_id, in order of id: at most p_limit of those after p_after. Changes nothing.
-- Caller: `interlock credentials rewrap`.
create function interlock.credentials_to_rewrap(p_key_id text, p_after uuid, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'name', c.name, 'kind', c.kind, 'revision', c.revision,
        'wrapped_key', encode(c.wrapped_key, 'base64'), 'key_id', c.key_id) order by c.id), '[]')
    from (
        select * from interlock.credentials c
        where c.key_id <> p_key_id and (p_after is null or c.id > p_after) order by c.id limit p_limit
    ) c
$$;

-- Forgets a credential; nodes that name it fail from then on, once no worker remembers it (a few seconds).
-- Transition: a row -> none. Caller: the API. Locks: the row. Errors: IL040 credential_not_found, so also for a repeat.
create function interlock.delete_credential(p_id uuid, p_by text) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_credential interlock.credentials;
begin
    perform interlock.require_read_committed();
    delete from interlock.credentials c where c.id = p_id returning c.* into v_credential;
    if not found then
        perform interlock.raise_no_credential(p_id);
    end if;
    insert into interlock.audit_log (at, actor, action, details)
    values (interlock.now(), p_by, 'delete_credential',
        jsonb_build_object('credential_id', p_id, 'name', v_credential.name, 'kind', v_credential.kind));
    return interlock.credential_json(v_credential);
end $$;

-- A credential without its values. Caller: the API. Changes nothing. Errors: IL040 credential_not_found.
create function interlock.get_credential(p_id uuid) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    v_credential interlock.credentials;
begin
    select c.* into v_credential from interlock.credentials c where c.id = p_id;
    if not found then
        perform interlock.raise_no_credential(p_id);
    end if;
    return interlock.credential_json(v_credential);
end $$;

-- Credentials without their values, by name: at most p_limit of those that come after the name p_after. Caller: the API. Changes nothing.
create function interlock.list_credentials(p_after text, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce(jsonb_agg(interlock.credential_json(c) order by c.name), '[]')
    from (select * from interlock.credentials c where p_after is null or c.name > p_after order by c.name limit p_limit) c
$$;

-- Raises IL040: there is no credential of this id. Caller: the functions of this folder.
create function interlock.raise_no_credential(p_id uuid) returns void language plpgsql set search_path = '' as $$
begin
    perform interlock.raise_error('IL040', format('There is no credential %s.', p_id), p_hint => 'It may have been deleted; list the credentials.');
end $$;

-- Gives a credential other values, another description, or other hosts; what is null stays. The values come all or none, encrypted by the caller.
-- Transition: none; with values, the revision goes up. Caller: the API. Locks: the row.
-- Errors:  IL040 credential_not_found. A repeat writes the same again.
create function interlock.replace_credential(
    p_id uuid, p_description text, p_field_names text[], p_allowed_hosts text[], p_ciphertext bytea, p_wrapped_key bytea, p_key_id text, p_by text
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now        timestamptz := interlock.now();
    v_credential interlock.credentials;
begin
    perform interlock.require_read_committed();
    update interlock.credentials c
    set description = coalesce(p_description, c.description), field_names = coalesce(p_field_names, c.field_names),
        allowed_hosts = coalesce(p_allowed_hosts, c.allowed_hosts), ciphertext = coalesce(p_ciphertext, c.ciphertext),
        wrapped_key = coalesce(p_wrapped_key, c.wrapped_key), key_id = coalesce(p_key_id, c.key_id), revision = c.revision + case when p_ciphertext is null then 0 else 1 end,
        updated_by = p_by, updated_at = v_now
    where c.id = p_id
    returning c.* into v_credential;
    if not found then
        perform interlock.raise_no_credential(p_id);
    end if;
    insert into interlock.audit_log (at, actor, action, details)
    values (v_now, p_by, 'update_credential', jsonb_build_object('credential_id', p_id, 'name', v_credential.name, 'kind', v_credential.kind,
        'field_names', v_credential.field_names, 'allowed_hosts', v_credential.allowed_hosts, 'values_replaced', p_ciphertext is not null));
    return interlock.credential_json(v_credential);
end $$;

-- Puts a credential's own key under another master key; its values, revision and date stay.
-- Transition: none. Caller: `interlock credentials rewrap`. Locks: the row.
-- A repeat, and a credential that was written or deleted meanwhile (its wrapped key is no longer p_before), change nothing and answer false.
create function interlock.rewrap_credential(p_id uuid, p_before bytea, p_wrapped_key bytea, p_key_id text, p_by text) returns boolean
language plpgsql set search_path = '' as $$
declare
    v_name text;
begin
    perform interlock.require_read_committed();
    update interlock.credentials c set wrapped_key = p_wrapped_key, key_id = p_key_id
    where c.id = p_id and c.wrapped_key = p_before returning c.name into v_name;
    if not found then
        return false;
    end if;
    insert into interlock.audit_log (at, actor, action, details)
    values (interlock.now(), p_by, 'rewrap_credential', jsonb_build_object('credential_id', p_id, 'name', v_name, 'key_id', p_key_id));
    return true;
end $$;

-- Keeps a new credential, encrypted by the caller under the id that it chose.
-- Transition: none -> a row. Caller: the API. Locks: the new row's name.
-- Errors:  IL021 name_taken. A repeat with the same id changes nothing and answers the same.
create function interlock.save_credential(
    p_id uuid, p_name text, p_kind text, p_description text, p_field_names text[], p_allowed_hosts text[], p_ciphertext bytea, p_wrapped_key bytea,
    p_key_id text, p_by text
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now        timestamptz := interlock.now();
    v_credential interlock.credentials;
begin
    perform interlock.require_read_committed();
    insert into interlock.credentials as c
        (id, name, kind, description, field_names, allowed_hosts, ciphertext, wrapped_key, key_id, created_by, created_at, updated_by, updated_at)
    values (p_id, p_name, p_kind, p_description, p_field_names, p_allowed_hosts, p_ciphertext, p_wrapped_key, p_key_id, p_by, v_now, p_by, v_now)
    on conflict do nothing
    returning c.* into v_credential;
    if found then
        insert into interlock.audit_log (at, actor, action, details)
        values (v_now, p_by, 'create_credential',
            jsonb_build_object('credential_id', p_id, 'name', p_name, 'kind', p_kind, 'field_names', p_field_names,
                'allowed_hosts', p_allowed_hosts));
        return interlock.credential_json(v_credential);
    end if;
    select c.* into v_credential from interlock.credentials c where c.id = p_id;
    if not found then
        perform interlock.raise_error('IL021', format('There is a credential named %s already.', p_name), p_name,
            'Choose another name, or give that one new values.');
    end if;
    return interlock.credential_json(v_credential);
end $$;

-- The encrypted credential of a name, for a worker about to use it; null where there is none.
-- Transition: none; last_used_at is set where that was more than an hour ago. Caller: a worker, every few seconds while it needs it.
-- Locks:   the row, only for that hourly write, and only if nobody holds it. A repeat answers the same.
create function interlock.use_credential(p_name text) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now        timestamptz := interlock.now();
    v_credential interlock.credentials;
begin
    select c.* into v_credential from interlock.credentials c where c.name = p_name;
    if not found then
        return null;
    end if;
    if v_credential.last_used_at is null or v_credential.last_used_at < v_now - interval '1 hour' then
        update interlock.credentials c set last_used_at = v_now
        where c.id = (select locked.id from interlock.credentials locked where locked.id = v_credential.id for no key update skip locked);
    end if;
    return jsonb_build_object('id', v_credential.id, 'name', v_credential.name, 'kind', v_credential.kind, 'revision', v_credential.revision,
        'allowed_hosts', v_credential.allowed_hosts,
        'ciphertext', encode(v_credential.ciphertext, 'base64'), 'wrapped_key', encode(v_credential.wrapped_key, 'base64'),
        'key_id', v_credential.key_id);
end $$;

-- How the functions that others call are planned. The tables begin empty and are never analysed when the first plans are made and kept, so the
-- planner is told what is true at any size: every row is found by its key, one after another, in the order in which the joins are written.
do $body$
declare
    v_function regprocedure;
begin
    for v_function in
        select p.oid::regprocedure
        from pg_catalog.pg_proc p
        where p.pronamespace = 'interlock'::regnamespace and p.proname in (
            'exchange', 'start_executions', 'tick', 'cancel', 'cancel_assignment', 'suspend', 'continue', 'retry', 'explain', 'register_worker',
            'stop_worker', 'acquire_workflow_lock', 'release_workflow_lock', 'workflow_start', 'workflow_route', 'workflow_consensus_holding',
            'list_executions', 'count_executions')
    loop
        execute pg_catalog.format('alter function %s set jit = off set plan_cache_mode = force_generic_plan set join_collapse_limit = 1
            set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_bitmapscan = off
            set enable_memoize = off set enable_material = off', v_function);
    end loop;
end $body$;

-- Functions are nobody's but the owner's until somebody grants them.
select interlock.guard_transitions();
revoke execute on all functions in schema interlock from public;
revoke all on all tables in schema interlock from public;
