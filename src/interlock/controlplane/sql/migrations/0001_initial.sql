set check_function_bodies = off;
-- The schema, its clock and its counter. Everything Interlock owns in a database lives in the schema `interlock`.
create schema if not exists interlock;
revoke all on schema interlock from public;

-- Orders the changes of one execution: taken while its row is locked, so that a reader of change N of an execution can see all changes before it.
create sequence interlock.change_numbers cache 1;

-- A row here moves the clock of this database. Only the owner of the schema can insert it; only tests should.
create table interlock.test_clock (
    only_row boolean primary key default true,
    shift    interval not null default interval '0',
    constraint one_clock_only check (only_row)
);

-- The migrations that were applied to this database.
create table interlock.migrations (
    name       text primary key,
    checksum   text not null,
    applied_at timestamptz not null
);

-- Workflows, their immutable versions, and the rows that each version is compiled to, which the control plane joins on.

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
    semantics       integer not null,                    -- the version of the rules of movement that it was written for
    definition      jsonb not null,
    tags            text[] not null default '{}',
    virtual_users   text not null default 'inline',
    lock_program    jsonb,
    timeout_seconds double precision,
    has_joins       boolean not null,
    has_counts      boolean not null,                    -- a first or count join, so tokens may be late
    has_ordered     boolean not null,
    has_locks       boolean not null,
    max_fan_out     integer not null,                    -- the largest fan_out of its nodes
    created_at      timestamptz not null,
    created_by      text,
    constraint versions_are_numbered unique (workflow_id, version),
    constraint same_content_is_same_version unique (workflow_id, checksum),
    constraint virtual_users_work_inline_or_by_cron check (virtual_users in ('inline', 'cron'))
);

-- The kinds of nodes, one row each. No function compares a kind with a literal: keep_version copies these facts into `nodes`.
-- A kind that needs no worker has a function `resolve_<kind>` in the folder inline.
create table interlock.node_kinds (
    kind             text primary key,
    actor            text,                               -- the virtual user that acts; null: the worker that runs it
    actor_of_joins   text,                               -- the same where several connections come in
    needs_worker     boolean not null,
    starts_execution boolean not null,
    ends_execution   boolean not null,                   -- a visit of it ends the execution as completed
    reads_input      boolean not null,                   -- its resolution reads the input
    passes_input     boolean not null,                   -- its output is its input
    is_always_fatal  boolean not null,                   -- its own failure ends the execution whatever `on_error` says
    may_wait         boolean not null,                   -- a visit of it may stay open without a worker, so it has to hold its lock first
    swept_by         text,                               -- the sweep that acts for it in workflows in cron mode: start, route
    constraint virtual_kinds_have_an_actor_and_a_sweep check (needs_worker = (actor is null) and needs_worker = (swept_by is null))
);
insert into interlock.node_kinds (kind, actor, actor_of_joins, needs_worker, starts_execution, ends_execution, reads_input, passes_input,
    is_always_fatal, may_wait, swept_by) values
    ('worker',      null,     null,        true,  false, false, false, false, false, false, null),
    ('start',       'START',  'START',     false, true,  false, false, false, false, false, 'start'),
    ('choose',      'ROUTER', 'ROUTER',    false, false, false, true,  true,  false, false, 'route'),
    ('pass',        'ROUTER', 'CONSENSUS', false, false, false, false, true,  false, false, 'route'),
    ('wait',        'ROUTER', 'ROUTER',    false, false, false, true,  true,  false, true,  'route'),
    ('set_context', 'ROUTER', 'ROUTER',    false, false, false, true,  true,  false, false, 'route'),
    ('fail',        'ROUTER', 'ROUTER',    false, false, false, true,  true,  true,  false, 'route'),
    ('end',         'ROUTER', 'ROUTER',    false, false, true,  false, true,  false, false, 'route');

create table interlock.nodes (
    version_id            integer not null references interlock.workflow_versions,
    node_no               integer not null,              -- position in compiled order
    node_id               text not null,
    name                  text not null,
    type                  text not null,
    subtype               text not null,
    kind                  text not null references interlock.node_kinds,
    queue                 text not null,
    requires              text,                          -- TYPE/SUBTYPE that a worker has to have an executor for; null: every worker has it
    join_kind             text,                          -- null: at most one MAIN connection comes in
    join_count            integer,
    late                  text not null,
    slot_count            integer not null,
    fan_out               integer not null,              -- how many MAIN connections a visit can leave through at most
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
    inline                jsonb,                         -- null: a worker evaluates it, even if its kind has a virtual user
    parameters            jsonb not null,
    needs                 integer[],                     -- nodes that its expressions name; null: found only when they run
    uses_context          boolean not null,
    ends                  boolean not null,              -- some port of it leads nowhere
    by_cron               boolean not null,              -- its virtual user acts only in a sweep
    may_be_late           boolean not null,              -- the version has first or count joins, so its tokens may carry late marks
    actor                 text,                          -- from here on: facts of its kind, see node_kinds
    needs_worker          boolean not null,
    starts_execution      boolean not null,
    ends_execution        boolean not null,
    reads_input           boolean not null,              -- its kind does, or its lock
    passes_input          boolean not null,
    merges_input          boolean not null,              -- a join whose merged input the database needs
    is_always_fatal       boolean not null,
    may_wait              boolean not null,
    swept_by              text,
    primary key (version_id, node_no),
    constraint node_ids_are_unique unique (node_id, version_id),
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
    into_join     boolean not null,                      -- to_node holds until its tokens are there; else each token begins a visit
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

-- Users that assignments can be assigned to: people, and virtual users (is_system), which do what needs neither a worker nor a person and never sign in.
-- An email is stored and found as the caller sends it, in one form (`canonical_email`): PostgreSQL may know capitals that Python does not.
-- The row of a deleted user stays: the records of what they did refer to it. `external_id` is the `sub` of the identity service that vouches for them.
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

-- Sign-ins. Only the SHA-256 of the token is stored: a reader of this table cannot sign in as anybody. Ending a session deletes its row.
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

-- One execution of one version of a workflow.
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
    unsettled       boolean not null default false,      -- one transaction reached its limit: a tick goes on with its joins, or with cancelling
    trace_parent    text,                                -- W3C `traceparent` of the request that started it
    last_waited_at  timestamptz,                         -- visits are counted against max_visits from here
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
-- Read backwards: a page of any list merges the newest of each status.
create index executions_of_status on interlock.executions (status, created_at, id);
create index executions_of_workflow on interlock.executions (workflow_id, status, created_at, id);
create index executions_of_subject on interlock.executions (subject, status, created_at, id) where subject is not null;
create index executions_retries on interlock.executions (retried_from, id) where retried_from is not null;
create index executions_deadline on interlock.executions (deadline_at)
    where deadline_at is not null and ended_at is null;
create index executions_lock on interlock.executions (lock_key) where lock_key is not null and ended_at is null;

create index executions_unsettled on interlock.executions (id) where unsettled;

-- Changes that visits made to the context of their execution, in order. The context is these patches, applied one after the other.
create table interlock.context_changes (
    execution_id  uuid not null,
    revision      integer not null,                      -- the context's revision after this change
    assignment_id uuid not null,
    patch         jsonb not null,
    primary key (execution_id, revision)
) with (autovacuum_vacuum_cost_delay = 0);

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
    visits_since_wait      integer not null default 1,   -- visits of this node since something in the execution last waited, this one included
    status                 text not null,
    is_indexed             boolean not null,
    ordered                boolean not null default false,
    suspended              boolean not null default false,
    queue                  text,                         -- null: a virtual user's; '': a virtual user's that only a cron sweep calls
    requires               text,                         -- TYPE/SUBTYPE that the worker has to have an executor for
    due_at                 timestamptz,                  -- pending: may be claimed; running: times out; waiting: goes on
    wait_for               text,                         -- time; order, turn: done, and leaves after an earlier visit or with the next tick
    worker_id              uuid,
    claim_request          bigint,                       -- the request number of the exchange that claimed it
    assigned_to            uuid,                         -- a person; virtual users follow from the node
    previous_assignment_id uuid,                         -- the assignment that led to it; those of a join are in tokens
    parent_assignment_id   uuid,
    ports                  text[],                       -- the ports that it left through; null: main
    output                 jsonb,                        -- null: the output of the source, or the execution's input
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
    where status = 'pending' and not suspended and queue is not null and lock_key is null and loss_count < 2 and requires is null;
create index assignments_claim_special on interlock.assignments (queue, due_at)
    where status = 'pending' and not suspended and queue is not null and (lock_key is not null or loss_count >= 2 or requires is not null);
create index assignments_virtual on interlock.assignments (due_at)
    where status = 'pending' and not suspended and queue is null;
create index assignments_open on interlock.assignments (execution_id) where ended_at is null;
create index assignments_holding on interlock.assignments (execution_id, node_no) where status = 'holding';
create index assignments_timer on interlock.assignments (due_at) where status in ('running', 'waiting') and due_at is not null;
create unique index assignments_visit on interlock.assignments (execution_id, node_no, visit) where is_indexed and parent_assignment_id is null;
create index assignments_lock on interlock.assignments (lock_key)
    where lock_key is not null and status in ('pending', 'running', 'waiting');
create index assignments_locked on interlock.assignments (execution_id) where lock_key is not null;

-- The kinds of waits. A worker's result may ask only for those that something can end.
create table interlock.wait_kinds (
    wait_for  text primary key,
    by_result boolean not null,                          -- a worker's result may say that its visit waits for it
    meaning   text not null
);
insert into interlock.wait_kinds (wait_for, by_result, meaning) values
    ('time',     true,  'a time'),
    ('order',    false, 'it is done, and leaves after an earlier visit of the same node'),
    ('turn',     false, 'it is done, and leaves with the next tick: one transaction did as much as it may'),
    ('person',   false, 'the answer of a person'),
    ('signal',   false, 'a signal from outside'),
    ('callback', false, 'a callback of an outside system');

create table interlock.assignment_transitions (
    from_status text not null,
    to_status   text not null,
    done_by     text not null,
    primary key (from_status, to_status)
);
insert into interlock.assignment_transitions (from_status, to_status, done_by) values
    ('holding', 'pending',   'begin_standing'),
    ('holding', 'running',   'begin_standing'),
    ('holding', 'waiting',   'begin_standing'),
    ('holding', 'completed', 'begin_standing'),
    ('holding', 'failed',    'begin_standing'),
    ('holding', 'cancelled', 'finish'),
    ('pending', 'running',   'take_assignments'),
    ('pending', 'waiting',   'begin_standing'),
    ('pending', 'completed', 'begin_standing'),
    ('pending', 'failed',    'begin_standing'),
    ('pending', 'cancelled', 'finish'),
    ('running', 'waiting',   'finish'),
    ('running', 'completed', 'finish'),
    ('running', 'pending',   'finish'),
    ('running', 'failed',    'finish'),
    ('running', 'cancelled', 'finish'),
    ('waiting', 'completed', 'finish'),
    ('waiting', 'failed',    'finish'),
    ('waiting', 'cancelled', 'finish');

-- Tokens: each one is a finished assignment's delivery over a connection into a join.
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

-- The assignments that may be claimed; no other predicate decides it. Any worker of its queue takes a plain one. A special one needs a lock, runs alone
-- because workers were lost with it, or requires an executor that not every worker has.
create view interlock.claimable_assignments as
select a.* from interlock.assignments a
where a.status = 'pending' and not a.suspended and a.queue is not null
    and a.lock_key is null and a.loss_count < 2 and a.requires is null;

create view interlock.claimable_special_assignments as
select a.* from interlock.assignments a
where a.status = 'pending' and not a.suspended and a.queue is not null
    and (a.lock_key is not null or a.loss_count >= 2 or a.requires is not null);

-- What people did by hand and the product did by policy. Append-only.
create table interlock.audit_log (
    id           bigint generated always as identity primary key,
    at           timestamptz not null,
    actor        text not null,
    action       text not null,
    execution_id uuid,
    details      jsonb not null default '{}'
);
create index audit_log_of_execution on interlock.audit_log (execution_id) where execution_id is not null;

-- The decision of a virtual user about a visit.
create type interlock.resolution as (
    status   text,
    ports    text[],
    due_at   timestamptz,
    error    jsonb,
    context  jsonb
);

-- The types that the functions which move executions pass to each other. Never stored.

-- One visit.
create type interlock.visit_id as (
    execution_id uuid,
    id           uuid
);

-- A visit that has ended and leaves its node, with everything needed to find its successors.
create type interlock.departure as (
    execution_id        uuid,
    id                  uuid,
    version_id          integer,
    node_no             integer,
    ports               text[],         -- null: main
    late_for            jsonb,
    source_execution_id uuid,           -- whose output it passes on; null: its own execution
    source_id           uuid            -- null: its own output
);

-- A visit that is to begin. id null: a new one, which the other fields describe; else one that exists already: a join that holds, or a visit that
-- was left pending for its virtual user.
create type interlock.opening as (
    execution_id        uuid,
    id                  uuid,
    version_id          integer,
    node_no             integer,
    from_id             uuid,       -- the visit that led to it
    source_execution_id uuid,       -- whose output it is given
    source_id           uuid,
    late_for            jsonb,
    is_unfilled         boolean     -- a join that has too few tokens and gets no more
);

-- A token on its way into a join.
create type interlock.arrival as (
    execution_id uuid,
    version_id   integer,
    node_no      integer,
    slot         integer,
    from_id      uuid,
    late_for     jsonb
);

-- The next state of an open visit: an end, a parking, or a return to its queue. finish writes it if the visit is still what `was` says.
create type interlock.ending as (
    execution_id   uuid,
    id             uuid,
    was            text,            -- running | waiting | order | turn | open (any of them); what it has to be now
    outcome        text,            -- completed | failed | cancelled | waiting | pending; broken and null: no ending, see record_results
    worker_id      uuid,            -- the worker that has to hold it; null: any
    attempt        integer,         -- which attempt it has to be; null: any
    output         jsonb,
    ports          text[],
    error          jsonb,
    context        jsonb,           -- its change of the context
    due_at         timestamptz,
    wait_for       text,
    retries        integer,         -- 1: it is tried again, as the next attempt
    losses         integer,         -- 1: its worker was lost
    requires       text,            -- what a worker needs to run it
    leaves         boolean,         -- tokens leave it when it has ended
    ends_execution boolean,         -- nothing catches its error
    tries          integer          -- how often the worker has sent this result
);

create type interlock.ended_execution as (
    id       uuid,
    status   text,
    ended_by uuid,
    error    jsonb
);

create type interlock.handed_assignment as (
    execution_id uuid,
    id           uuid,
    queue        text
);

create type interlock.context_change as (
    execution_id  uuid,
    assignment_id uuid,
    patch         jsonb
);

-- The work that one step leaves for the next step of the same transaction.
create type interlock.wave as (
    leaving         interlock.departure[],         -- ended and about to leave, in order; parked ones of ordered nodes too
    ended           interlock.ended_execution[],
    handed          interlock.handed_assignment[], -- given straight to the worker that reports
    context_changes interlock.context_change[],
    pending_queues  text[],                        -- queues of new pending visits, once for each visit; null: for a virtual user
    active          uuid[],                        -- executions that are running, and something in them is pending or running now
    waited          uuid[]                         -- executions in which a wait ended
);

-- The worker that may get successors at once, and how many from which queue. All null: none.
create type interlock.taker as (
    worker_id  uuid,
    request    bigint,
    queues     text[],
    capacities integer[],
    node_types text[]                              -- the types that it has executors for, besides those that every worker has
);

-- The traits that versions of a batch of executions have, and how many visits and tokens this transaction may still make for them.
create type interlock.traits as (
    has_joins   boolean,
    has_counts  boolean,
    has_ordered boolean,
    has_locks   boolean,
    max_fan_out integer,
    budget      integer
);

-- The result of advance: the assignments that the worker was handed, and the queues that have something new (null: for a virtual user).
create type interlock.progress as (
    handed         interlock.handed_assignment[],
    capacities     integer[],
    pending_queues text[]
);

-- The result of an exchange.
create type interlock.exchange_outcome as (
    answers        text[],                         -- null: all ok
    claimed        interlock.visit_id[],
    open_queues    text[],                         -- where the worker still has capacity
    pending_queues text[],
    handed_count   integer                         -- since the worker last took the oldest due assignment
);

-- One row per key that was ever locked; its row lock guards the counting of the holders. The holder columns are for locks acquired by hand.
create table interlock.locks (
    lock_key   text primary key,
    holder     text,
    expires_at timestamptz,
    token      bigint not null default 0,                -- grows with every holder, which shuts out the previous one
    constraint lock_key_is_sensible check (length(lock_key) between 1 and 500)
);

-- Processes that claim assignments. The heartbeat is written from a connection of its own, so it stands in a row of its own.
create table interlock.workers (
    id            uuid primary key,
    name          text not null,
    queues        text[] not null,
    lease_seconds integer not null,
    node_types    text[] not null default '{}',          -- TYPE/SUBTYPE that it has executors for
    details       jsonb not null default '{}',
    statistics    jsonb not null default '{}',         -- what it counted since it started, as of its last heartbeat
    registered_by uuid,                                  -- the user, over the API; null: a process with its own connection
    status        text not null default 'alive',
    registered_at timestamptz not null,
    heartbeat_at  timestamptz not null,
    ended_at      timestamptz,
    constraint worker_status_is_known check (status in ('alive', 'stopped', 'lost')),
    constraint lease_is_sensible check (lease_seconds between 1 and 86400)
) with (fillfactor = 50);
create index workers_alive on interlock.workers (heartbeat_at) where status = 'alive';

-- The last exchange of each worker, from which a repeat of it is answered.
create table interlock.exchanges (
    worker_id    uuid primary key,
    last_request bigint not null default 0,
    answers      text[],                                 -- null: all ok
    queues       text[] not null default '{}',           -- those that it has capacity for, so that waking it is useful
    handed_count integer not null default 0,             -- since it last took the oldest due one
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

-- Secrets that nodes use. Only `ciphertext` holds them, encrypted under a key of this row's own, which is itself encrypted
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
    revision     integer not null default 1,      -- counts the writes of its values, so that a worker knows whether its copy is current
    created_by   text not null,
    created_at   timestamptz not null,
    updated_by   text not null,
    updated_at   timestamptz not null,
    last_used_at timestamptz,                     -- written at most once an hour
    constraint credential_names_are_unique unique (name)
);

-- Builds the error of an assignment that is final: `code` is one of the closed list in docs/errors.md, `hint` says how to fix it.
create function interlock.assignment_error(p_code text, p_message text, p_hint text) returns jsonb language sql immutable as $$
    select pg_catalog.jsonb_build_object('code', p_code, 'message', p_message, 'hint', p_hint, 'retryable', false)
$$;

-- Builds the error of an execution that the control plane could not move; it holds PostgreSQL's message.
create function interlock.broken_error(p_sqlstate text, p_message text) returns jsonb language sql stable as $$
    select interlock.assignment_error('IL099', format('The control plane could not move this execution: %s (%s).', p_message, p_sqlstate),
        'Report this message together with the definition; then retry the execution.')
$$;

-- Returns whether a JSON value is nested deeper than 100 levels, the depth that every reader supports. A value that deep has at least 820 bytes.
-- Stable, as pg_column_size is, so that it becomes part of the statement that calls it.
create function interlock.is_too_deep(p_value jsonb) returns boolean language sql stable as $$
    select pg_catalog.pg_column_size(p_value) > 800
        and pg_catalog.jsonb_path_exists(p_value, 'strict $.**{100} ? (@.type() == "object" || @.type() == "array")')
$$;

-- Returns the time of the one clock. Every time in the schema comes from here; tests move it through interlock.test_clock.
create function interlock.now() returns timestamptz language sql volatile as $$
    select pg_catalog.clock_timestamp() + coalesce((select c.shift from interlock.test_clock c), interval '0')
$$;

-- Raises an error of the product: SQLSTATE is its code, `detail` says where, `hint` says how to fix it. docs/errors.md lists the codes.
create function interlock.raise_error(p_code text, p_message text, p_detail text default null, p_hint text default null) returns void
language plpgsql set search_path = '' as $$
begin
    raise exception using errcode = p_code, message = p_message, detail = coalesce(p_detail, ''), hint = coalesce(p_hint, '');
end $$;

-- Refuses every isolation but read committed (IL091). Functions that change state lock first and look afterwards; under a stricter isolation they would
-- see the state from before the lock.
create function interlock.require_read_committed() returns void language plpgsql set search_path = '' as $$
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        perform interlock.raise_error('IL091', format('interlock runs under read committed, not %s', current_setting('transaction_isolation')),
            p_hint => 'Start the transaction with: begin isolation level read committed.');
    end if;
end $$;

-- Returns a UUID of version 7 (RFC 9562): 48 bits of milliseconds, the rest random. PostgreSQL 18 has its own function; older versions do not.
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

-- Deletes a workflow: it is no longer listed and cannot be started, and its name is free. Its versions and executions stay, and running executions go on.
-- Transition: deleted_at is set. Caller: the API.
-- Locks:   the workflow's row.
-- Errors:  IL005 workflow_not_found (also on a repeat), IL019 version_conflict.
create function interlock.delete_workflow(p_workflow_id uuid, p_expected_version integer default null, p_by text default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now      timestamptz := interlock.now();
    v_workflow interlock.workflows;
begin
    v_workflow := interlock.lock_workflow(p_workflow_id);
    perform interlock.require_version(v_workflow, p_expected_version);
    update interlock.workflows w set deleted_at = v_now, updated_at = v_now where w.id = p_workflow_id;
    perform interlock.record_audit('delete_workflow', p_by,
        jsonb_build_object('workflow_id', p_workflow_id, 'name', v_workflow.name, 'version', v_workflow.current_version),
        v_now);
    return jsonb_build_object('workflow_id', p_workflow_id);
end $$;

-- Returns the id of the workflow with this id or name, or null; deleted workflows are not found. Changes nothing.
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

-- Returns a version with its compiled nodes and connections, as workers cache it. Changes nothing.
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

-- Returns the version of a workflow that has this content, and creates it if there is none. It becomes the current version.
-- Transition: (new) version.
-- Caller:  save_workflow, update_workflow; with the lock of the workflow. They write an entry to the audit log if this changed something.
-- Errors:  IL014 definition_not_compiled. A repeat returns the same version and changes nothing.
create function interlock.keep_version(
    p_workflow_id uuid, p_definition jsonb, p_compiled jsonb, p_checksum text, p_tags text[], p_by text, p_now timestamptz,
    out version integer, out version_id integer, out created boolean, out changed boolean
)
language plpgsql set search_path = '' as $$
declare
    v_version interlock.workflow_versions;
begin
    if jsonb_typeof(p_compiled -> 'nodes') is distinct from 'array' or jsonb_typeof(p_compiled -> 'connections') is distinct from 'array' then
        perform interlock.raise_error('IL014', 'The definition was sent without its compiled form.', p_hint => 'Save it with: interlock deploy FILE.');
    end if;
    select * into v_version from interlock.workflow_versions v where v.workflow_id = p_workflow_id and v.checksum = p_checksum;
    created := not found;
    if created then
        insert into interlock.workflow_versions (workflow_id, version, checksum, semantics, definition, tags, virtual_users, lock_program,
            timeout_seconds, has_joins, has_counts, has_ordered, has_locks, max_fan_out, created_at, created_by)
        select p_workflow_id,
               (select coalesce(max(v.version), 0) + 1 from interlock.workflow_versions v where v.workflow_id = p_workflow_id),
               p_checksum, coalesce((p_definition ->> 'semantics')::integer, 1), p_definition, p_tags,
               coalesce(p_definition ->> 'virtual_users', 'inline'), nullif(p_compiled -> 'lock_program', 'null'),
               (p_definition ->> 'timeout_seconds')::double precision,
               coalesce(bool_or(n ->> 'join_kind' in ('all', 'first', 'count')), false),
               coalesce(bool_or(n ->> 'join_kind' in ('first', 'count')), false),
               coalesce(bool_or((n ->> 'ordered')::boolean), false),
               coalesce(bool_or(jsonb_typeof(n -> 'lock_program') = 'object'), false) or jsonb_typeof(p_compiled -> 'lock_program') = 'object',
               coalesce(max((n ->> 'fan_out')::integer), 0),
               p_now, p_by
        from jsonb_array_elements(p_compiled -> 'nodes') n
        returning * into v_version;

        insert into interlock.nodes (version_id, node_no, node_id, name, type, subtype, kind, queue, requires, join_kind, join_count, late, slot_count,
            fan_out, ordered, is_repeatable, is_indexed, on_error, max_attempts, retry_initial_seconds, retry_multiplier, retry_max_seconds,
            retry_jitter, timeout_seconds, max_visits, lock_program, inline, parameters, needs, uses_context, ends, by_cron, may_be_late, actor,
            needs_worker, starts_execution, ends_execution, reads_input, passes_input, merges_input, is_always_fatal, may_wait, swept_by)
        select v_version.id, n.node_no, n.node_id, coalesce(n.name, n.node_id), n.type, n.subtype, n.kind, n.queue, n.requires, n.join_kind,
               n.join_count, n.late, n.slot_count, n.fan_out, n.ordered, n.is_repeatable, n.is_indexed or j.is_join, n.on_error,
               n.max_attempts, n.retry_initial_seconds, n.retry_multiplier, n.retry_max_seconds, n.retry_jitter, n.timeout_seconds, n.max_visits,
               j.lock_program, nullif(n.inline, 'null'), n.parameters, n.needs, n.uses_context, n.ends,
               v_version.virtual_users = 'cron', v_version.has_counts, case when n.join_kind is null then k.actor else k.actor_of_joins end,
               k.needs_worker, k.starts_execution, k.ends_execution, k.reads_input or j.lock_program is not null, k.passes_input,
               j.is_join and (not k.needs_worker or j.lock_program is not null), k.is_always_fatal, k.may_wait, k.swept_by
        from jsonb_to_recordset(p_compiled -> 'nodes') n (node_no integer, node_id text, name text, type text, subtype text, kind text,
            queue text, requires text, join_kind text, join_count integer, late text, slot_count integer, fan_out integer, ordered boolean,
            is_repeatable boolean, is_indexed boolean, on_error text, max_attempts integer, retry_initial_seconds double precision,
            retry_multiplier double precision, retry_max_seconds double precision, retry_jitter double precision,
            timeout_seconds double precision, max_visits integer, lock_program jsonb, inline jsonb, parameters jsonb, needs integer[],
            uses_context boolean, ends boolean)
        left join interlock.node_kinds k on k.kind = n.kind
        cross join lateral (
            select coalesce(n.join_kind, 'each') <> 'each' as is_join, nullif(n.lock_program, 'null') as lock_program
        ) j;

        insert into interlock.connections (version_id, connection_no, from_node, port, to_node, slot, type, into_join)
        select v_version.id, c.connection_no, c.from_node, c.port, c.to_node, c.slot, c.type, c.slot is not null and coalesce(n.join_kind, 'each') <> 'each'
        from jsonb_to_recordset(p_compiled -> 'connections') c (connection_no integer, from_node integer, port text, to_node integer,
            slot integer, type text)
        left join interlock.nodes n on n.version_id = v_version.id and n.node_no = c.to_node;

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

-- Locks one workflow and returns it. Caller: update_workflow, delete_workflow. Errors: IL005, also if it was deleted.
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

-- Raises IL019 unless the expected version is the workflow's current one; null: any version will do. Caller: update_workflow, delete_workflow.
create function interlock.require_version(p_workflow interlock.workflows, p_expected_version integer) returns void
language plpgsql set search_path = '' as $$
begin
    if p_workflow.current_version <> p_expected_version then
        perform interlock.raise_error('IL019', format('The workflow %s is at version %s, not %s.', p_workflow.name, p_workflow.current_version,
            p_expected_version), p_hint => 'Read the workflow again, and repeat the change in its current version.');
    end if;
end $$;

-- Saves a compiled definition as a version of the workflow with this name, and creates the workflow if there is none.
-- Transition: (new) workflow; (new) version, which becomes the current one.
-- Caller:  `interlock deploy`, the API. A repeat with the same content returns the version that exists and makes it the current one.
-- Locks:   the workflow's row.
-- Errors:  IL014 definition_not_compiled, IL021 name_taken: p_only_new, and a workflow with this name has another content.
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
    loop                                                                  -- again, if it was deleted or renamed in between
        insert into interlock.workflows (id, name, current_version, created_at, updated_at)
        values (interlock.uuidv7(), p_name, 0, v_now, v_now)
        on conflict (name) where deleted_at is null do nothing;
        select * into v_workflow from interlock.workflows w where w.name = p_name and w.deleted_at is null for no key update;
        exit when found;
    end loop;
    if p_only_new and v_workflow.current_version > 0 and not exists (
            select from interlock.workflow_versions v
            where v.workflow_id = v_workflow.id and v.version = v_workflow.current_version and v.checksum = p_checksum) then
        perform interlock.raise_error('IL021', format('There is already a workflow named %s.', p_name), p_detail => v_workflow.id::text,
            p_hint => 'Give it another name, or save it as a new version of that workflow.');
    end if;
    v_kept := interlock.keep_version(v_workflow.id, p_definition, p_compiled, p_checksum, p_tags, p_by, v_now);
    if v_kept.changed then
        perform interlock.record_audit(case when v_workflow.current_version = 0 then 'create_workflow' else 'update_workflow' end, p_by,
            jsonb_build_object('workflow_id', v_workflow.id, 'name', p_name, 'version', v_kept.version),
            v_now);
    end if;
    return jsonb_build_object('workflow_id', v_workflow.id, 'version', v_kept.version, 'version_id', v_kept.version_id, 'created', v_kept.created);
end $$;

-- Saves a compiled definition as a version of an existing workflow. If the name in it is another one, the workflow is renamed.
-- Transition: (new) version, which becomes the current one.
-- Caller:  the API. A repeat with the same content and name changes nothing and returns the same, whichever version it expects.
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
            perform interlock.raise_error('IL021', format('There is already a workflow named %s.', p_name), p_hint => 'Give it another name.');
        end;
    end if;
    v_kept := interlock.keep_version(p_workflow_id, p_definition, p_compiled, p_checksum, p_tags, p_by, v_now);
    if v_kept.changed or v_workflow.name <> p_name then
        perform interlock.record_audit('update_workflow', p_by,
            jsonb_strip_nulls(jsonb_build_object('workflow_id', p_workflow_id, 'name', p_name, 'version', v_kept.version, 'renamed_from', case when v_workflow.name <> p_name then v_workflow.name end)),
            v_now);
    end if;
    return jsonb_build_object('workflow_id', p_workflow_id, 'version', v_kept.version, 'version_id', v_kept.version_id, 'created', v_kept.created);
end $$;

-- Finds the person for whom an identity service vouches: the user with this external id; else the user with this email, if it is verified, who then gets
-- the external id; else, if a role is given, a new user. Returns {user} or {refused: disabled | deleted | email_of_another | unknown}.
-- Transition: none; a user gets the external id, or (new) user.
-- Caller:  a request or a sign-in with a token of the service. Locks: the user, if the external id is new. Errors: none. A repeat returns the same.
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
            set external_id = p_external_id,                                  -- a one-time password that was never used stops working
                password_hash = case when not u.must_change_password then u.password_hash end, must_change_password = false
            where u.id = v_user.id returning * into v_user;
            perform interlock.record_audit('link_user', v_user.email, jsonb_build_object('user_id', v_user.id, 'external_id', p_external_id), v_now);
        end if;
    end if;
    if v_user.id is null and p_role is not null and p_email is not null then
        begin
            perform interlock.create_user(p_email, p_name, p_role, null, false, p_external_id, 'supabase');
        exception when sqlstate 'IL021' then                                  -- another user has the email, or another request was first
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

-- Returns an API key as people see it, with its user.
create function interlock.api_key_record(p_key interlock.api_keys) returns jsonb language sql stable set search_path = '' as $$
    select jsonb_build_object(
        'id', p_key.id, 'name', p_key.name, 'user_id', p_key.user_id,
        'user', (select u.email from interlock.users u where u.id = p_key.user_id), 'role', p_key.role, 'prefix', p_key.prefix,
        'created_at', p_key.created_at, 'expires_at', p_key.expires_at, 'last_used_at', p_key.last_used_at, 'revoked_at', p_key.revoked_at)
$$;

-- Counts one try to sign in before the password is checked, so that concurrent tries are all counted, and reads what the password is compared with.
-- Returns {wait_seconds} if the try is refused without a look at the password, else {user}: null if nobody has this email.
-- Each kind of throttle allows a number of free tries; each further try blocks for twice as long, up to a limit. Tries are forgotten one by one over time.
-- From an address where this account signed in within 30 days, only that pair counts: an attacker elsewhere cannot lock the owner out.
-- Caller:  a sign-in. Locks: the throttle rows of the three kinds, by key. Errors: none. A repeat counts again.
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

-- Replaces the password that was verified, ends every session of the person, and opens a new session if the hash of a token is given.
-- Returns {session} as find_session does, null without a token; null if the person was disabled or got another password in the meantime.
-- Caller:  the person. Locks: the person, the throttle rows. Errors: none. A repeat finds another password and returns null.
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
    perform interlock.record_audit('change_password', v_user.email, jsonb_build_object('remote', p_remote), v_now);
    if p_token_hash is not null then
        insert into interlock.sessions (id, user_id, token_hash, proved_by, remote, created_at, expires_at)
        values (interlock.uuidv7(), p_user_id, p_token_hash, 'password', p_remote, v_now, v_now + make_interval(secs => p_seconds));
    end if;
    return jsonb_build_object('session', interlock.find_session(p_token_hash, p_seconds));
end $$;

-- Creates an API key for a person. A key that was created with another key ends when that one does. Caller: the person; the API has checked the role.
-- Locks:   the person. Errors: IL036 user_not_found, IL038 api_key_not_found (the key of the request was revoked), IL013 at 200 valid keys.
-- A repeat creates another key.
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
        perform interlock.raise_error('IL038', 'The API key of this request was revoked.');
    end if;
    if (select count(*) from interlock.api_keys k
        where k.user_id = p_user_id and k.revoked_at is null and (k.expires_at is null or k.expires_at > v_now)) >= 200 then
        perform interlock.raise_error('IL013', 'This user already has 200 valid API keys.', p_hint => 'Revoke the keys that are not used.');
    end if;
    insert into interlock.api_keys (id, user_id, made_by_key, name, prefix, key_hash, role, created_at, expires_at)
    values (interlock.uuidv7(), p_user_id, p_made_by_key, p_name, p_prefix, p_key_hash, p_role, v_now,
            least(v_now + make_interval(days => p_days), v_maker.expires_at))
    returning * into v_key;
    perform interlock.record_audit('create_api_key', p_by,
        jsonb_build_object('api_key_id', v_key.id, 'prefix', p_prefix, 'role', p_role, 'expires_at', v_key.expires_at),
        v_now);
    return interlock.api_key_record(v_key);
end $$;

-- Creates the first person, an admin with a one-time password; returns null if there is a person already. Caller: the first start of the API.
-- Locks:   an advisory lock, so that of two concurrent first starts one creates the admin. A repeat returns null and changes nothing.
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

-- Creates a person. Caller: an admin, create_first_admin, or admit_external_user if the identity service names the role.
-- Locks:   only the new row; of two calls with one email, the second is refused. Errors: IL021 name_taken. A repeat is refused.
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
        perform interlock.raise_error('IL021', format('There is already a user %s.', p_email), p_hint => 'Change that user, or use another email.');
    end if;
    perform interlock.record_audit('create_user', p_by,
        jsonb_build_object('user_id', v_user.id, 'email', v_user.email, 'role', v_user.role, 'external_id', v_user.external_id),
        v_user.created_at);
    return interlock.user_record(v_user);
end $$;

-- Deletes a person: their sessions end, their keys are revoked, and the email is free again. The row stays for the record of what they did.
-- Transition: deleted_at is set. Caller: an admin.
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
    perform interlock.record_audit('delete_user', p_by, jsonb_build_object('user_id', p_user_id, 'email', v_user.email, 'role', v_user.role), v_now);
    return interlock.user_record(v_user);
end $$;

-- Ends one session. Caller: the user who signs out. Locks: the session. Errors: none. A repeat changes nothing.
create function interlock.end_session(p_session_id uuid, p_by text) returns void language plpgsql set search_path = '' as $$
begin
    perform interlock.require_read_committed();
    delete from interlock.sessions s where s.id = p_session_id;
    if found then
        perform interlock.record_audit('sign_out', p_by, null, interlock.now());
    end if;
end $$;

-- Takes back a try that begin_sign_in counted, because its password was right. The count of account and address together starts again from zero, and the
-- pair is known from now on. The counts of the account and of the address lose only this one try: the owner of one account cannot use it to go on
-- guessing the passwords of others.
-- Caller:  open_session, change_password. Locks: the throttle rows of the three kinds, by key.
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

-- Returns the valid API key with this hash, and its user, or null. Caller: every request with a key, at most every 5 s for each key.
-- Locks:   the key or the user, only to write that it was used (once a minute).
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

-- Returns the session of a token and its user, or null if there is none or it has ended. Using a session in the last half of its length extends it to its
-- full length again, up to 90 days after the sign-in: a stolen token does not work forever.
-- Caller:  every request with a cookie, at most every 5 s for each session. Locks: the session or the user, only to write that it was used (once a minute).
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
        if v_session.id is null then                                          -- another transaction ended or extended it
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

-- Returns a person by id. Errors: IL036 user_not_found.
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

-- Returns whether any user besides the virtual users was ever created.
create function interlock.has_people() returns boolean language sql stable set search_path = '' as $$
    select exists (select from interlock.users u where not u.is_system)
$$;

-- Lists API keys, newest first, after the given position: those of one person, or of all if none is given.
create function interlock.list_api_keys(p_user_id uuid, p_after_at timestamptz, p_after_id uuid, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce(jsonb_agg(interlock.api_key_record(found) order by found.created_at desc, found.id desc), '[]')
    from (select k.*
          from interlock.api_keys k
          where (p_user_id is null or k.user_id = p_user_id) and (p_after_at is null or (k.created_at, k.id) < (p_after_at, p_after_id))
          order by k.created_at desc, k.id desc
          limit p_limit) found
$$;

-- Lists people who are not deleted, by email, after the given email; with `p_search`, those whose name or email contains it.
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

-- Locks a person together with all admins, by id, so that two admins who take each other's role away do so one after the other.
create function interlock.lock_admins_and(p_user_id uuid) returns void language plpgsql set search_path = '' as $$
begin
    perform from interlock.users u
    where u.id = p_user_id or (u.role = 'admin' and u.deleted_at is null)
    order by u.id
    for no key update;
end $$;

-- Locks a person who is not deleted, and returns the row. Errors: IL036 user_not_found.
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

-- Records that a person was seen, at most once a minute; does not wait for another transaction that is recording it.
create function interlock.note_seen(p_user interlock.users, p_now timestamptz) returns void language plpgsql set search_path = '' as $$
begin
    if p_user.last_seen_at is null or p_user.last_seen_at < p_now - interval '1 minute' then
        update interlock.users u set last_seen_at = p_now
        where u.id = (select o.id from interlock.users o where o.id = p_user.id for no key update skip locked);
    end if;
end $$;

-- Signs in a person who has proven their identity: creates a session, ends the browser's previous one, and takes this try back from the throttle.
-- `p_verified_hash` is the hash that the password was compared with (null: an identity service vouched); `p_better_hash` replaces it if given.
-- Returns what find_session does, or null if the person was disabled, deleted, or got another password in the meantime.
-- Caller:  a sign-in. Locks: the person, the throttle rows. Errors: none. A repeat creates another session; beyond 50, the oldest end.
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
    perform interlock.record_audit('sign_in', v_user.email,
        jsonb_build_object('remote', p_remote, 'proved_by', case when p_verified_hash is null then 'supabase' else 'password' end),
        v_now);
    return interlock.find_session(p_token_hash, p_seconds);
end $$;

-- Writes a failed sign-in to the audit log. An email that belongs to nobody is not stored: it may be a password, typed into the wrong field.
-- Caller:  a sign-in. Locks: none. A repeat writes another entry.
create function interlock.refuse_sign_in(p_email text, p_remote text, p_reason text) returns void language plpgsql set search_path = '' as $$
begin
    perform interlock.require_read_committed();
    perform interlock.record_audit('sign_in_refused', coalesce((
            select u.email from interlock.users u where lower(u.email) = lower(p_email) and u.email = p_email and u.deleted_at is null), 'unknown'),
        jsonb_build_object('remote', p_remote, 'reason', p_reason), interlock.now());
end $$;

-- Raises IL037 last_admin if this person is the last admin who can sign in. The caller has locked all admins with lock_admins_and.
create function interlock.require_other_admin(p_user interlock.users) returns void language plpgsql set search_path = '' as $$
begin
    if p_user.role = 'admin' and p_user.disabled_at is null and not exists (
        select from interlock.users u
        where u.role = 'admin' and u.disabled_at is null and u.deleted_at is null and u.id <> p_user.id
          and (u.password_hash is not null or u.external_id is not null)) then
        perform interlock.raise_error('IL037', format('%s is the last admin.', p_user.email), p_hint => 'Make another user an admin first.');
    end if;
end $$;

-- Revokes an API key and all keys that were created with it. With `p_user_id`, only a key of that person; with `p_by_key`, only that key or one of those
-- that were created with it.
-- Caller:  the person, a client with a key of theirs, or an admin.
-- Locks:   the person who owns the key. Errors: IL038 api_key_not_found. A repeat changes nothing.
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
    perform from interlock.users u where u.id = v_key.user_id for no key update;          -- create_api_key does so too: no key is created now
    with recursive made (id) as (
        select p_api_key_id
        union
        select k.id from made m join interlock.api_keys k on k.made_by_key = m.id
    )
    update interlock.api_keys k set revoked_at = v_now from made m where k.id = m.id and k.revoked_at is null;
    get diagnostics v_count = row_count;
    if v_count > 0 then
        perform interlock.record_audit('revoke_api_key', p_by,
            jsonb_build_object('api_key_id', p_api_key_id, 'prefix', v_key.prefix, 'count', v_count),
            v_now);
    end if;
end $$;

-- Returns the full hash of an account and an address, which identifies a successful sign-in.
create function interlock.sign_in_pair(p_email text, p_remote text) returns bytea language sql immutable set search_path = '' as $$
    select sha256(convert_to(p_email || ' ' || p_remote, 'UTF8'))
$$;

-- Deletes some rows that are of no more use: counts of old tries, and expired sessions. Caller: begin_sign_in, so that they never pile up.
-- Locks:   the rows that it deletes, skip locked. A repeat deletes the next ones.
create function interlock.sweep_sign_ins(p_now timestamptz) returns void language plpgsql set search_path = '' as $$
begin
    delete from interlock.sign_in_throttles t
    where t.key in (select o.key from interlock.sign_in_throttles o where o.forget_at < p_now order by o.forget_at limit 20 for update skip locked);
    delete from interlock.sessions s
    where s.id in (select o.id from interlock.sessions o where o.expires_at < p_now order by o.expires_at limit 20 for update skip locked);
end $$;

-- Returns the key of the row of sign_in_throttles that a kind of throttle counts in.
create function interlock.throttle_key(p_kind text, p_of text) returns text language sql immutable set search_path = '' as $$
    select p_kind || ':' || left(encode(sha256(convert_to(p_kind || ' ' || p_of, 'UTF8')), 'hex'), 5)
$$;

-- Changes a person; null leaves a value as it is. Caller: an admin. A new password is a one-time password: it ends every session and has to be changed.
-- Disabling ends every session too, and no key of the person is valid while it lasts.
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
    perform interlock.record_audit('update_user', p_by,
        jsonb_strip_nulls(jsonb_build_object('user_id', p_user_id, 'email', v_after.email, 'name', p_name, 'role', p_role,
            'role_before', case when p_role is not null then v_before.role end,
            'disabled', p_disabled, 'password_reset', case when p_password_hash is not null then true end)),
        v_now);
    return interlock.user_record(v_after);
end $$;

-- Returns a person as people see them: without secrets.
create function interlock.user_record(p_user interlock.users) returns jsonb language sql stable set search_path = '' as $$
    select jsonb_build_object(
        'id', p_user.id, 'email', p_user.email, 'name', p_user.name, 'role', p_user.role, 'disabled', p_user.disabled_at is not null,
        'must_change_password', p_user.must_change_password, 'external_id', p_user.external_id, 'created_at', p_user.created_at,
        'last_seen_at', p_user.last_seen_at)
$$;

-- Ends an execution without waiting for its open visits; works in every status that is not terminal.
-- Transition: pending, running, waiting, paused -> cancelled; its open assignments too.
-- Caller:  an operator. Locks: the execution.
-- Errors:  IL001 execution_not_found. A repeat, or an execution that has already ended, changes nothing and returns its status.
create function interlock.cancel(p_execution_id uuid, p_reason text default '', p_by text default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now       timestamptz := interlock.now();
    v_execution interlock.executions := interlock.lock_execution(p_execution_id);
begin
    if v_execution.ended_at is null then
        perform interlock.end_executions(array[row(p_execution_id, 'cancelled', null, interlock.cancelled_error(p_reason, p_by))
            ::interlock.ended_execution], v_now);
        perform interlock.record_audit('cancel', p_by, jsonb_build_object('reason', p_reason), v_now, p_execution_id);
        perform interlock.wake_workers(interlock.wake_lock_waiters(interlock.keys_of(array[p_execution_id]), v_now));
        v_execution.status := 'cancelled';
    end if;
    return jsonb_build_object('execution_id', p_execution_id, 'status', v_execution.status, 'changed', v_execution.ended_at is null);
end $$;

-- Returns the error of an execution or a visit that an operator cancelled.
create function interlock.cancelled_error(p_reason text, p_by text) returns jsonb language sql immutable as $$
    select interlock.assignment_error('cancelled', coalesce(nullif(p_reason, ''), 'An operator cancelled it.'),
        'Retry the execution if the work is wanted after all.') || pg_catalog.jsonb_build_object('details', pg_catalog.jsonb_build_object('by', p_by))
$$;

-- Continues a suspended execution.
-- Transition: none of the status; suspended_at is cleared. Caller: an operator.
-- Locks:   the execution. Errors: IL001, IL009 execution_ended. A repeat, or an execution that is not suspended, changes nothing.
create function interlock.continue(p_execution_id uuid, p_by text default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now       timestamptz := interlock.now();
    v_execution interlock.executions := interlock.lock_open_execution(p_execution_id);
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
        perform interlock.record_audit('continue', p_by, null, v_now, p_execution_id);
        perform interlock.wake_workers(v_queues);
    end if;
    return jsonb_build_object('execution_id', p_execution_id, 'status', v_execution.status, 'changed', v_execution.suspended_at is not null);
end $$;

-- Counts the executions of each status, each at most up to p_most. Changes nothing. Caller: insight.
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

-- Lists one page of executions, newest first: finds the newest of each status by an index, and merges them. Changes nothing.
-- Caller:  insight. p_statuses: each once. p_before_at, p_before_id: the last of the previous page; infinity if there is none.
-- The leading condition is the subject if one is given, else the workflow, else the status: each has an index that ends in the order of the list.
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

-- Locks one execution and returns it. Caller: every function that an operator calls for one execution.
-- Errors: IL001 execution_not_found.
create function interlock.lock_execution(p_execution_id uuid) returns interlock.executions
language plpgsql set search_path = '' as $$
declare
    v_execution interlock.executions;
begin
    perform interlock.require_read_committed();
    select * into v_execution from interlock.executions e where e.id = p_execution_id for no key update;
    if not found then
        perform interlock.raise_error('IL001', format('There is no execution %s.', p_execution_id), null,
            'Look up its id with: interlock executions list.');
    end if;
    return v_execution;
end $$;

-- Locks executions that have not ended, by id; passes over those that another transaction holds, unless p_waiting names them.
-- Caller: exchange_all, give_up_worker, workflow_consensus_holding. Returns the executions that are locked now, and the ids of their versions.
create function interlock.lock_executions(p_executions uuid[], p_waiting uuid[], out locked uuid[], out versions integer[])
language plpgsql set search_path = '' as $$
begin
    if cardinality(p_waiting) > 0 then
        perform from interlock.executions e where e.id = any (p_waiting) order by e.id for no key update;
    end if;
    select coalesce(array_agg(l.id), '{}'), coalesce(array_agg(l.version_id), '{}') into locked, versions
    from (
        select e.id, e.version_id from interlock.executions e
        where e.id = any (p_executions) and e.ended_at is null
        order by e.id
        for no key update skip locked
    ) l;
    versions := array(select distinct v from unnest(versions) v);
end $$;

-- Locks one execution that has not ended, and returns it: the guard of every function that changes an execution. A terminal status never changes.
-- Caller: suspend, continue. Errors: IL001 execution_not_found, IL009 execution_ended.
create function interlock.lock_open_execution(p_execution_id uuid) returns interlock.executions
language plpgsql set search_path = '' as $$
declare
    v_execution interlock.executions := interlock.lock_execution(p_execution_id);
begin
    if v_execution.ended_at is not null then
        perform interlock.raise_error('IL009', format('The execution %s has ended: it is %s.', p_execution_id, replace(v_execution.status, '_', ' ')), null,
            'Retry it as a new execution: interlock executions retry.');
    end if;
    return v_execution;
end $$;

-- Returns why one execution of a batch cannot be started, or null. Caller: start_executions.
create function interlock.refusal_to_start(p_input jsonb, p_idempotency_key text, p_subject text, p_lock_missing boolean) returns jsonb
language sql stable as $$
    select case
        when p_input is null then pg_catalog.jsonb_build_object('code', 'IL013',
            'message', 'An execution is started with an object {"input", "idempotency_key", "subject"}.',
            'hint', 'Fix this one and send it again; the others are started.')
        when length(p_idempotency_key) > 500 or length(p_subject) > 500 then pg_catalog.jsonb_build_object('code', 'IL013',
            'message', 'Idempotency keys and subjects have at most 500 characters.', 'hint', 'Fix this one and send it again; the others are started.')
        when interlock.is_too_deep(p_input) then pg_catalog.jsonb_build_object('code', 'IL013',
            'message', 'The input is nested deeper than 100 levels.', 'hint', 'Store the inner part as text, or make the input flatter.')
        when p_lock_missing then pg_catalog.jsonb_build_object('code', 'IL008',
            'message', 'The lock of this workflow has no value of 1 to 500 characters for this input.', 'hint', 'Add the field that the lock names to the input.')
    end
$$;

-- Starts executions of one workflow, which is given by name or id.
-- Transition: (new) -> pending | running | waiting | completed | failed.
-- Caller:  a client that may run the workflow.
-- Locks:   only the rows that it inserts.
-- Errors:  IL005 workflow_not_found, IL006 version_not_found, IL007 trigger_not_found, IL013 bad_request. An item that does not have the form
--          {"input", "idempotency_key", "subject", "trace_parent"} gets an error in its place of the answer.
-- A repeat with the same idempotency key returns the existing execution and starts nothing.
create function interlock.start_executions(p_workflow text, p_executions jsonb, p_version integer default null, p_trigger text default null)
returns json
language plpgsql set search_path = '' as $$
declare
    v_now      timestamptz := interlock.now();
    v_workflow uuid := interlock.find_workflow(p_workflow);
    v_version  record;
    v_asked    record;
    v_made     record;
    v_traits   interlock.traits;
    v_at_once  integer;                                                   -- how many, from the first, begin in this transaction; START begins the others
    v_progress interlock.progress;
    v_most     integer := 4 * interlock.visits_per_transaction();        -- visits that one call makes, in executions that no other transaction sees yet
begin
    perform interlock.require_read_committed();
    if jsonb_typeof(p_executions) is distinct from 'array' or jsonb_array_length(p_executions) > 10000 then
        perform interlock.raise_error('IL013', 'The executions to start must be an array of at most 10000.');
    end if;
    select v.id, v.workflow_id, v.version, v.lock_program, v.timeout_seconds, v.virtual_users, n.node_no as start_node, n.is_indexed,
           n.fan_out into v_version
    from interlock.workflows w
    join interlock.workflow_versions v on v.workflow_id = w.id and v.version = coalesce(p_version, w.current_version)
    left join lateral (
        select t.node_no, t.is_indexed, t.fan_out from interlock.nodes t
        where t.version_id = v.id and t.starts_execution and (p_trigger is null and t.subtype = 'MANUAL' or t.node_id = p_trigger)
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
    v_at_once := case when v_version.lock_program is null and v_version.virtual_users = 'inline' then greatest(1, v_most / greatest(1, v_version.fan_out))
        else 0 end;

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
    select k.id, v_version.id, v_version.workflow_id, case when k.ord <= v_at_once then 'running' else 'pending' end, k.input, k.subject,
           k.idempotency_key, k.lock_key, k.trace_parent, v_now, case when k.ord <= v_at_once then v_now end,
           v_now + make_interval(secs => v_version.timeout_seconds), nextval('interlock.change_numbers')
    from unnest(v_asked.ids, v_asked.inputs, v_asked.keys, v_asked.subjects, v_asked.lock_keys, v_asked.trace_parents, v_asked.refusals)
        with ordinality k (id, input, idempotency_key, subject, lock_key, trace_parent, refusal, ord)
    where k.refusal is null
    on conflict (workflow_id, idempotency_key) where idempotency_key is not null do nothing;

    with made as (
        insert into interlock.assignments (execution_id, id, version_id, node_no, visit, status, is_indexed, queue, due_at, lock_key, change_number,
            created_at, started_at, ended_at)
        select k.id, k.start_id, v_version.id, v_version.start_node, 1, case when k.ord <= v_at_once then 'completed' else 'pending' end,
               v_version.is_indexed, case when v_version.virtual_users = 'cron' then '' end, case when k.ord > v_at_once then v_now end, k.lock_key,
               nextval('interlock.change_numbers'), v_now, v_now, case when k.ord <= v_at_once then v_now end
        from unnest(v_asked.ids, v_asked.start_ids, v_asked.lock_keys) with ordinality k (id, start_id, lock_key, ord)
        where exists (select from interlock.executions e where e.id = k.id)
        returning execution_id, id, status
    )
    select array_agg(m.execution_id) filter (where m.status = 'completed') as executions,
           array_agg(row(m.execution_id, m.id, v_version.id, v_version.start_node, null, null, null, null)::interlock.departure)
               filter (where m.status = 'completed') as starts,
           bool_or(m.status = 'pending') as pending
    into v_made
    from made m;

    if v_made.executions is not null then
        v_traits := interlock.traits_of(v_made.executions);
        v_traits.budget := greatest(v_traits.budget, 2 * cardinality(v_made.starts) * v_version.fan_out);
        v_progress := interlock.advance(v_made.executions, row(v_made.starts, null, null, null, null, null, null)::interlock.wave, v_traits, null, v_now);
    end if;
    perform interlock.wake_workers(v_progress.pending_queues || case when v_made.pending then array[null::text] end);
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

-- Suspends an execution: nothing pending in it is claimed any more. Running visits may finish, answers still arrive, and their successors begin suspended.
-- Transition: none of the status; suspended_at is set. Caller: an operator.
-- Locks:   the execution. Errors: IL001, IL009 execution_ended. A repeat changes nothing.
create function interlock.suspend(p_execution_id uuid, p_by text default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now       timestamptz := interlock.now();
    v_execution interlock.executions := interlock.lock_open_execution(p_execution_id);
begin
    if v_execution.suspended_at is null then
        update interlock.executions e
        set suspended_at = v_now, suspended_by = coalesce(p_by, session_user), change_number = nextval('interlock.change_numbers')
        where e.id = p_execution_id;
        update interlock.assignments a set suspended = true, change_number = nextval('interlock.change_numbers')
        where a.execution_id = p_execution_id and a.ended_at is null and a.status = 'pending' and not a.suspended;
        perform interlock.record_audit('suspend', p_by, null, v_now, p_execution_id);
    end if;
    return jsonb_build_object('execution_id', p_execution_id, 'status', v_execution.status, 'suspended_at', coalesce(v_execution.suspended_at, v_now),
        'changed', v_execution.suspended_at is null);
end $$;

-- Ends one visit; its execution goes on by the node's error policy. A result that a worker reports for it later is refused.
-- Transition: holding, pending, running, waiting -> cancelled.
-- Caller:  an operator. Locks: the execution.
-- Errors:  IL001. A repeat, or a visit that has already ended, changes nothing and returns its status.
create function interlock.cancel_assignment(p_execution_id uuid, p_assignment_id uuid, p_reason text default '', p_by text default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now        timestamptz := interlock.now();
    v_execution  interlock.executions := interlock.lock_execution(p_execution_id);
    v_assignment interlock.assignments;
    v_finished   record;
    v_progress   interlock.progress;
begin
    select * into v_assignment from interlock.assignments a where a.execution_id = p_execution_id and a.id = p_assignment_id;
    if not found then
        perform interlock.raise_error('IL001', format('The execution %s has no assignment %s.', p_execution_id, p_assignment_id));
    elsif v_assignment.ended_at is not null or v_execution.ended_at is not null or v_assignment.wait_for in ('order', 'turn') then
        return jsonb_build_object('assignment_id', p_assignment_id, 'status', v_assignment.status, 'changed', false);
    end if;
    v_finished := interlock.finish(interlock.decide_failures(array[row(p_execution_id, p_assignment_id, 'open', 'cancelled', null, null, null, null,
        interlock.cancelled_error(p_reason, p_by), null, null, null, null, null, null, null, null, null)::interlock.ending], 'cancelled', v_now), true, v_now);
    perform interlock.record_audit('cancel_assignment', p_by, jsonb_build_object('assignment_id', p_assignment_id, 'reason', p_reason), v_now,
        p_execution_id);
    v_progress := interlock.advance(array[p_execution_id], v_finished.wave, interlock.traits_of(array[p_execution_id]), null, v_now);
    perform interlock.wake_workers(v_progress.pending_queues);
    return jsonb_build_object('assignment_id', p_assignment_id, 'status', 'cancelled', 'changed', true);
end $$;

-- Writes one entry to the audit log; no other function writes to it. Caller: every function that acts for a person, or by a policy.
-- p_by: the person or program that acts; null: the database role of the caller.
create function interlock.record_audit(p_action text, p_by text, p_details jsonb, p_now timestamptz, p_execution_id uuid default null) returns void
language plpgsql set search_path = '' as $$
begin
    insert into interlock.audit_log (at, actor, action, execution_id, details)
    values (p_now, coalesce(p_by, session_user), p_action, p_execution_id, coalesce(p_details, '{}'));
end $$;

-- Returns the value of a compiled template in the scope of one visit, or SQL null if it is not a simple one: then a worker evaluates it.
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
            return null;                                                  -- only the workers' code defines how these values read as text
        end if;
        v_text := v_text || coalesce(v_value #>> '{}', 'null');
    end loop;
    return to_jsonb(v_text);
end $$;

-- Returns what expressions see as `execution`.
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

-- Returns why a context cannot take this value, as an error, or null if it can. A context has at most 8 MiB and 100 levels. Changes nothing.
create function interlock.refuse_context(p_context jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    c_most_bytes constant integer := 8388608;
begin
    if pg_column_size(p_context) > c_most_bytes then
        return interlock.assignment_error('context_too_large',
            format('The context of this execution would have %s bytes; at most %s are allowed.', pg_column_size(p_context), c_most_bytes),
            'Keep large values elsewhere (a table, a file store) and put a reference into the context.');
    elsif interlock.is_too_deep(p_context) then
        return interlock.assignment_error('value_too_deep', 'The value of the context is nested more than 100 levels deep.',
            'Store the inner part as text, or make the value flatter.');
    end if;
    return null;
end $$;

-- Resolves a visit of IF, SWITCH or ROUTER to the ports of the rules that hold. Null if a rule is not simply true or false: then a worker decides.
-- Caller: resolve_inline. Changes nothing.
create function interlock.resolve_choose(
    p_inline jsonb, p_input jsonb, p_context jsonb, p_subject text, p_execution_id uuid, p_now timestamptz
) returns interlock.resolution
language plpgsql stable set search_path = '' as $$
declare
    v_result interlock.resolution;
    v_vars   jsonb := jsonb_build_object('context', p_context, 'subject', to_jsonb(p_subject),
        'execution', case when strpos(p_inline::text, '$execution') > 0 then interlock.execution_scope(p_execution_id) end);
    v_rule   jsonb;
    v_holds  boolean;
begin
    for v_rule in select jsonb_array_elements(p_inline -> 'rules') loop
        if v_rule ->> 'known' is not null and jsonb_path_match(p_input, (v_rule ->> 'known')::jsonpath, v_vars, true) is not true then
            return null;
        end if;
        v_holds := jsonb_path_match(p_input, (v_rule ->> 'path')::jsonpath, v_vars, true);
        if v_holds is null then
            return null;
        elsif v_holds then
            v_result.ports := v_result.ports || (v_rule ->> 'port');
            exit when not (p_inline ->> 'all')::boolean;
        end if;
    end loop;
    if v_result.ports is null and p_inline ->> 'default' is null then
        v_result.status := 'failed';
        v_result.error := interlock.assignment_error('no_route', 'No rule of this node is true for its input, and it has no default.',
            'Add a rule for this input, or a default.');
    else
        v_result.status := 'completed';
        v_result.ports := coalesce(v_result.ports, array[p_inline ->> 'default']);
    end if;
    return v_result;
end $$;

-- Resolves a visit of END: it completes at once.
-- Caller: resolve_inline. Changes nothing.
create function interlock.resolve_end(
    p_inline jsonb, p_input jsonb, p_context jsonb, p_subject text, p_execution_id uuid, p_now timestamptz
) returns interlock.resolution
language sql immutable as $$
    select row('completed', null, null, null, null)::interlock.resolution
$$;

-- Resolves a visit of FAIL to the error that its execution ends with. Null if its message is not a simple one: then a worker decides.
-- Caller: resolve_inline. Changes nothing.
create function interlock.resolve_fail(
    p_inline jsonb, p_input jsonb, p_context jsonb, p_subject text, p_execution_id uuid, p_now timestamptz
) returns interlock.resolution
language plpgsql stable set search_path = '' as $$
declare
    v_result  interlock.resolution;
    v_message jsonb := interlock.evaluate_program(p_inline -> 'message', p_input, p_context, p_subject, p_execution_id);
begin
    if v_message is null then
        return null;
    end if;
    v_result.status := 'failed';
    v_result.error := jsonb_build_object('code', coalesce(p_inline ->> 'code', 'failed'), 'message', v_message, 'retryable', false);
    return v_result;
end $$;

-- Resolves a visit of a node that passes its input on (JOIN, GOTO): it completes at once.
-- Caller: resolve_inline. Changes nothing.
create function interlock.resolve_pass(
    p_inline jsonb, p_input jsonb, p_context jsonb, p_subject text, p_execution_id uuid, p_now timestamptz
) returns interlock.resolution
language sql immutable as $$
    select row('completed', null, null, null, null)::interlock.resolution
$$;

-- Resolves a visit of SET_CONTEXT to its change of the context. Null if a value is not a simple one: then a worker decides.
-- Caller: resolve_inline. Changes nothing.
create function interlock.resolve_set_context(
    p_inline jsonb, p_input jsonb, p_context jsonb, p_subject text, p_execution_id uuid, p_now timestamptz
) returns interlock.resolution
language plpgsql stable set search_path = '' as $$
declare
    v_result interlock.resolution;
    v_value  jsonb;
    v_key    text;
begin
    v_result.context := '{}';
    for v_key in select jsonb_object_keys(p_inline -> 'values') loop
        v_value := interlock.evaluate_program(p_inline -> 'values' -> v_key, p_input, p_context, p_subject, p_execution_id);
        if v_value is null then
            return null;
        end if;
        v_result.context := v_result.context || jsonb_build_object(v_key, v_value);
    end loop;
    v_result.error := interlock.refuse_context(p_context || v_result.context);
    v_result.status := case when v_result.error is null then 'completed' else 'failed' end;
    if v_result.error is not null then
        v_result.context := null;
    end if;
    return v_result;
end $$;

-- Resolves a visit of START: it completes at once.
-- Caller: resolve_inline. Changes nothing.
create function interlock.resolve_start(
    p_inline jsonb, p_input jsonb, p_context jsonb, p_subject text, p_execution_id uuid, p_now timestamptz
) returns interlock.resolution
language sql immutable as $$
    select row('completed', null, null, null, null)::interlock.resolution
$$;

-- Resolves a visit of WAIT to the time until which it waits. Null if that is not simply a number of seconds or a time: then a worker decides.
-- Caller: resolve_inline. Changes nothing.
create function interlock.resolve_wait(
    p_inline jsonb, p_input jsonb, p_context jsonb, p_subject text, p_execution_id uuid, p_now timestamptz
) returns interlock.resolution
language plpgsql stable set search_path = '' as $$
declare
    v_result interlock.resolution;
    v_value  jsonb;
begin
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
    return v_result;
end $$;

-- Returns the output of an execution: END's input, else an object keyed by the nodes whose latest visit left through a port that leads nowhere.
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

-- Returns the input of an assignment, derived from the assignment that led to it; never stored.
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

-- Returns the input of a visit of a join: the outputs that its tokens brought, merged in order of slots, later ones win; late tokens are left out.
-- Always one row. A plain SQL function in a from clause, so that it becomes part of the statement that calls it.
create function interlock.merged_inputs(p_execution_id uuid, p_join_node integer, p_visit integer) returns table (input jsonb)
language sql stable as $$
    select coalesce(pg_catalog.jsonb_object_agg(pair.key, pair.value order by t.slot), '{}')
    from interlock.tokens t
    cross join lateral (                                                  -- offset: finds each by its whole key, and does not read all of the execution for each token
        select o.execution_id, o.id, o.output from interlock.assignments o
        where o.execution_id = t.execution_id and o.id = t.from_assignment_id offset 0
    ) a
    cross join lateral pg_catalog.jsonb_each(coalesce(a.output, interlock.output_of(a.execution_id, a.id))) pair
    where t.execution_id = p_execution_id and t.join_node = p_join_node and t.visit = p_visit and not t.late
$$;

-- Returns what expressions see as `nodes`: for each node id, the output of its latest completed visit. p_needs null: all nodes.
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

-- Returns the output of an assignment: its own, or that of the assignment whose output it passes on, or the execution's input if that one is the trigger.
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

-- Returns the execution's path with the inputs, outputs, status and timing of each step, in the form of seed 004. Derived, never stored.
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

-- Returns a part of `run_data`: the inputs and outputs of the visits after a given one, by id, up to a number of visits or of bytes of JSON text.
-- Caller:  insight. Changes nothing. Returns at least one visit, if there is one. A visit that is too large by itself has values left out, by name, and is
-- the last of its part: building it was enough work.
-- An output counts twice: the answer has it in the path and as the result of its node. Reads one visit after the other, to hold little at once.
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

-- Returns whether a visit of the same node with a lower number is still open.
create function interlock.has_earlier_open_visit(p_execution_id uuid, p_node_no integer, p_visit integer) returns boolean
language plpgsql stable set search_path = '' as $$
begin
    return (
        select exists (
            select from (
                select o.node_no, o.visit, o.parent_assignment_id from interlock.assignments o
                where o.execution_id = p_execution_id and o.ended_at is null offset 0
            ) b
            where b.node_no = p_node_no and b.visit < p_visit and b.parent_assignment_id is null));
end $$;

-- Returns how a visit ends that is done and was parked (for order, or for its turn): as its error says. Changes nothing.
create function interlock.parked_outcome(p_error jsonb) returns text language sql immutable as $$
    select case when p_error is null then 'completed' when p_error ? 'was' then 'cancelled' else 'failed' end
$$;

-- Returns the finished visits of ordered nodes of an execution that no earlier open visit holds back any more.
create function interlock.parked_visits(p_execution_id uuid)
returns table (execution_id uuid, id uuid, node_no integer, visit integer, error jsonb)
language sql stable as $$
    select o.execution_id, o.id, o.node_no, o.visit, o.error
    from (
        select a.execution_id, a.id, a.node_no, a.visit, a.error, a.wait_for,
               min(a.visit) filter (where a.wait_for is distinct from 'order') over (partition by a.node_no) as first_open
        from interlock.assignments a
        where a.execution_id = p_execution_id and a.ended_at is null and a.ordered and a.parent_assignment_id is null
    ) o
    where o.wait_for = 'order' and (o.first_open is null or o.visit < o.first_open)
$$;

-- Decides when finished visits of ordered nodes leave that are parked behind an earlier one, and returns those that leave now, in order.
-- Transition: waiting (for order) -> completed | failed | cancelled.
-- Caller:  advance, with the locks of the executions. p_leaving may contain visits that were parked just now: they leave in their own turn if all earlier
--          ones have left by then. A visit that was parked before leaves directly after the earlier one.
-- Errors:  none of its own. A repeat finds them gone and returns nothing new.
create function interlock.release_ordered(p_executions uuid[], p_leaving interlock.departure[], p_traits interlock.traits, p_now timestamptz)
returns interlock.departure[]
language plpgsql set search_path = '' as $$
declare
    v_endings  interlock.ending[];
    v_released interlock.departure[];
begin
    select array_agg(row(p.execution_id, p.id, 'order', interlock.parked_outcome(p.error), null, null, null, null, p.error, null, null, null, null, null,
               null, true, false, null)::interlock.ending order by p.execution_id, p.node_no, p.visit)
    into v_endings
    from unnest(p_executions) x (id)
    join interlock.executions e on e.id = x.id and e.ended_at is null
    cross join lateral interlock.parked_visits(x.id) p;
    if v_endings is not null then
        v_released := ((interlock.finish(interlock.defer_beyond_budget(v_endings, p_traits, p_now), false, p_now)).wave).leaving;
    elsif p_leaving is null then
        return null;
    end if;
    return nullif(array(
        with leaving as materialized (
            select l.ord, row(l.execution_id, l.id, l.version_id, l.node_no, l.ports, l.late_for, l.source_execution_id, l.source_id)
                       ::interlock.departure as departure,
                   a.execution_id, a.id, a.node_no, a.visit, a.ended_at is not null as has_ended
            from unnest(p_leaving) with ordinality
                l (execution_id, id, version_id, node_no, ports, late_for, source_execution_id, source_id, ord)
            join interlock.assignments a on a.execution_id = l.execution_id and a.id = l.id
        ), released as (
            select r::interlock.departure as departure, a.execution_id, a.id, a.node_no, a.visit
            from unnest(v_released) r
            join interlock.assignments a on a.execution_id = r.execution_id and a.id = r.id
        )
        select x.departure
        from (
            select l.departure, l.ord as after, 0 as visit
            from leaving l
            -- by both keys: the retries of an execution share the ids of its visits
            where l.has_ended and (l.execution_id, l.id) not in (select r.execution_id, r.id from released r)
            union all
            select r.departure,
                   (select max(l.ord) from leaving l where l.execution_id = r.execution_id and l.node_no = r.node_no and l.visit <= r.visit),
                   r.visit
            from released r
        ) x
        order by x.after nulls last, x.visit), '{}');
end $$;

-- Returns whether an assignment is late for a visit of a join: by its own mark, or, while it holds, by the marks of all its tokens.
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

-- Returns the marks that all tokens of a join's visit carry, without the marks of the join itself.
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

-- late: hold. Returns whether an assignment that is late for the previous visit is still open and can still reach the join.
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

-- A first or count join goes: marks the assignments that are still on their way to it as late for this visit, and, if its policy says so, cancels them.
-- Transition: holding, pending, running, waiting -> cancelled (late: cancel).
-- Caller:  begin_joins, with the lock of the execution. Errors: none of its own. A repeat changes nothing more.
-- p_spared: joins that have already gone in this round, including this one.
create function interlock.mark_late(p_execution_id uuid, p_assignment_id uuid, p_spared uuid[], p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
declare
    v_join      interlock.assignments;
    v_node      interlock.nodes;
    v_cancelled interlock.visit_id[];
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
            select row(o.execution_id, o.id)::interlock.visit_id from interlock.assignments o
            where o.execution_id = p_execution_id and o.id <> all (p_spared) and o.parent_assignment_id is null
                and o.ended_at is null
                and interlock.carries_mark(o, v_join.node_no, v_join.visit)
                and not interlock.reaches_join(o.version_id, o.node_no, v_join.node_no, p_execution_id, v_join.visit));
        perform interlock.cancel_assignments(v_cancelled, interlock.assignment_error('late',
            format('The join %s went on without this visit.', v_node.node_id),
            'If its result is needed, make the join wait for it: join: all, or late: hold.'), p_now);
    end if;
end $$;

-- Translates late marks to the numbers that their joins have in another version; drops the marks of joins that it does not have.
create function interlock.marks_in_version(p_marks jsonb, p_version_id integer, p_other_id integer) returns jsonb language sql stable as $$
    select case when p_version_id = p_other_id or p_marks is null then p_marks else (
        select pg_catalog.jsonb_object_agg(n.node_no::text, m.value)
        from pg_catalog.jsonb_each(p_marks) m
        cross join lateral (select interlock.node_in_version(p_version_id, m.key::integer, p_other_id) as node_no) n
        where n.node_no is not null) end
$$;

-- Returns those late marks whose visits have gone in this execution; null if none is left. Caller: take_over, which may have left visits out.
create function interlock.standing_marks(p_execution_id uuid, p_marks jsonb) returns jsonb language sql stable as $$
    select pg_catalog.jsonb_object_agg(m.key, m.value)
    from pg_catalog.jsonb_each(p_marks) m
    where exists (
        select from interlock.assignments j
        where j.execution_id = p_execution_id and j.node_no = m.key::integer and j.visit = (m.value #>> '{}')::integer
            and j.parent_assignment_id is null and j.status <> 'holding')
$$;

-- Returns marks without the mark of one join; null if none is left.
create function interlock.without_mark(p_marks jsonb, p_join_node integer) returns jsonb language sql immutable as $$
    select nullif(case when p_join_node is null then p_marks else p_marks - p_join_node::text end, '{}')
$$;

-- Begins the joins that choose_joins chose: first and count joins act one after another in compiled order (mark, cancel), then all begin.
-- Transition: holding -> pending | running | waiting | completed | failed; see mark_late for what they cancel.
-- Caller:  advance, with the locks of the executions. Errors: none of its own. A repeat finds them begun and changes nothing.
-- p_counts: some version of the batch has first or count joins.
create function interlock.begin_joins(p_joins interlock.opening[], p_budget integer, p_counts boolean, p_taker interlock.taker, p_now timestamptz)
returns interlock.wave
language plpgsql set search_path = '' as $$
declare
    v_join  record;
    v_acted uuid[] := '{}';
begin
    if p_counts then
        for v_join in
            select j.execution_id, j.id
            from unnest(p_joins) j
            join interlock.nodes n on n.version_id = j.version_id and n.node_no = j.node_no and n.join_kind in ('first', 'count')
            where not j.is_unfilled
            order by j.execution_id, j.node_no
        loop
            -- a join that went before may have cancelled it
            if exists (select from interlock.assignments a where a.execution_id = v_join.execution_id and a.id = v_join.id and a.status = 'holding') then
                v_acted := v_acted || v_join.id;
                perform interlock.mark_late(v_join.execution_id, v_join.id, v_acted, p_now);
            end if;
        end loop;
    end if;
    return interlock.begin_standing(p_joins, p_budget, p_taker, p_now);
end $$;

-- Chooses the holding visits that go now: all that have what they need, together; else, in each execution, the last in compiled order of those to which
-- nothing open can bring a token any more. A first or count join among these does not have enough tokens and never will: it fails (join_unfilled).
-- Transition: none; writes the witnesses of wide joins. Returns null if none goes.
-- Caller:  advance, when everything else in these executions has settled. Joins of workflows in cron mode are chosen only if p_by_cron is true.
create function interlock.choose_joins(p_executions uuid[], p_by_cron boolean) returns interlock.opening[]
language plpgsql set search_path = '' as $$
declare
    v_chosen interlock.opening[];
    c_wide   constant integer := 8;                                         -- from here on a kept witness is cheaper than a new look
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
    select array_agg(row(g.execution_id, g.id, g.version_id, g.node_no, null, null, null, null, g.unfilled)::interlock.opening) into v_chosen
    from (
        select l.execution_id, l.id, l.version_id, l.node_no, false as unfilled from looked l where l.goes
        union all
        (select distinct on (l.execution_id) l.execution_id, l.id, l.version_id, l.node_no, l.join_kind <> 'all'
         from looked l where l.looks and l.found_id is null
         order by l.execution_id, l.node_no desc)
        order by 1, 4
    ) g;
    return v_chosen;
end $$;

-- Finds an open assignment that can still bring a token to an empty slot of a holding visit, and that slot; no row if there is none.
-- Another holding visit counts only if its node comes before this join in compiled order, so that two joins never wait for each other.
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

-- Returns whether a holding visit's witness is still open and its slot still empty, so that no new search is needed.
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

-- Puts one token, which may be late, into its join. See place_tokens, which does many at once if none of them is late.
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
        select a.visit, a.visits_since_wait, a.created_at, e.last_waited_at into v_last
        from interlock.executions e
        left join interlock.assignments a
            on a.execution_id = e.id and a.node_no = p_join_node and a.is_indexed and a.parent_assignment_id is null
        where e.id = p_execution_id
        order by a.visit desc nulls last limit 1;
        v_visit := coalesce(v_last.visit, 0) + 1;
        insert into interlock.assignments (execution_id, id, version_id, node_no, visit, visits_since_wait, status, is_indexed, ordered, queue, previous_assignment_id,
            change_number, created_at)
        select p_execution_id, interlock.uuidv7(), p_version_id, p_join_node, v_visit,
               case when v_last.created_at >= v_last.last_waited_at or v_last.last_waited_at is null then coalesce(v_last.visits_since_wait, 0) + 1 else 1 end,
               'holding', true, n.ordered, n.queue, p_from, nextval('interlock.change_numbers'), p_now
        from interlock.nodes n where n.version_id = p_version_id and n.node_no = p_join_node;
    end if;
    insert into interlock.tokens (execution_id, join_node, visit, slot, from_assignment_id, late_for, token_number)
    values (p_execution_id, p_join_node, v_visit, p_slot, p_from, v_marks, nextval('interlock.change_numbers'));
end $$;

-- Puts tokens into their joins: each fills the lowest holding visit whose slot is empty, else it opens the next visit.
-- Transition: (new) -> holding.
-- Caller:  advance, which holds the locks of the executions. A token that is late for a visit that has gone has no effect there: that visit swallows it.
-- Errors:  none of its own.
create function interlock.place_tokens(p_arrivals interlock.arrival[], p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
declare
    v_token record;
begin
    if exists (select from unnest(p_arrivals) t where t.late_for is not null) then
        for v_token in
            select t.* from unnest(p_arrivals) with ordinality t (execution_id, version_id, node_no, slot, from_id, late_for, ord) order by t.ord
        loop
            perform interlock.place_token(v_token.execution_id, v_token.version_id, v_token.node_no, v_token.slot, v_token.from_id,
                v_token.late_for, p_now);
        end loop;
        return;
    end if;

    with placed as materialized (
        select a.*, coalesce(free.visits[a.nth], last.visit + a.nth - coalesce(cardinality(free.visits), 0)) as visit,
               last.visit as last_visit, last.visits_since_wait, last.created_at as last_created_at
        from (
            select t.*, row_number() over (partition by t.execution_id, t.node_no, t.slot order by t.ord) as nth
            from unnest(p_arrivals) with ordinality t (execution_id, version_id, node_no, slot, from_id, late_for, ord)
        ) a
        cross join lateral (
            select array_agg(h.visit order by h.visit) as visits
            from interlock.assignments h
            where h.execution_id = a.execution_id and h.node_no = a.node_no and h.status = 'holding' and not exists (
                select from interlock.tokens t
                where t.execution_id = a.execution_id and t.join_node = a.node_no and t.visit = h.visit and t.slot = a.slot)
        ) free
        cross join lateral (
            select coalesce(max(v.visit), 0) as visit, coalesce(max(v.visits_since_wait), 0) as visits_since_wait, max(v.created_at) as created_at
            from (
                select v.visit, v.visits_since_wait, v.created_at
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
    insert into interlock.assignments (execution_id, id, version_id, node_no, visit, visits_since_wait, status, is_indexed, ordered, queue, previous_assignment_id,
        change_number, created_at)
    select o.execution_id, interlock.uuidv7(), o.version_id, o.node_no, o.visit,
           case when o.last_created_at >= e.last_waited_at or e.last_waited_at is null then o.visits_since_wait else 0 end + (o.visit - o.last_visit),
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

-- Returns whether a node can still bring a token to a join without passing it; with p_visit, to a slot that this visit of it already has.
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

-- Decides what comes next: ended visits leave, successors begin, joins go, executions end.
-- Transition: see open_visits, place_tokens, begin_joins, release_ordered, apply_wave, update_statuses.
-- Caller:  every function that ends visits or starts executions. It holds the locks of p_executions, which are all that may have changed; p_wave is the
--          work that the caller leaves: see finish.
-- Errors:  none of its own. A visit leaves once: the caller ensures it.
-- One transaction makes at most 100 waves and about p_traits.budget new visits and tokens; the rest is left pending for the virtual user.
create function interlock.advance(
    p_executions uuid[], p_wave interlock.wave, p_traits interlock.traits, p_taker interlock.taker, p_now timestamptz, p_by_cron boolean default false
) returns interlock.progress
language plpgsql set search_path = '' as $$
declare
    v_progress   interlock.progress;
    v_wave       interlock.wave := p_wave;
    v_leaving    interlock.departure[];
    v_successors record;
    v_chosen     interlock.opening[];
    v_taker      interlock.taker := p_taker;
    v_active     uuid[];
    v_traits     interlock.traits := p_traits;                            -- with what is left of the budget
    v_wave_count integer := 0;
    c_most_waves constant integer := 100;
begin
    loop
        perform interlock.apply_wave(v_wave, p_now);
        v_leaving := (v_wave).leaving;
        if (v_wave).ended is not null then
            v_leaving := nullif(array(
                select l::interlock.departure from unnest(v_leaving) l where l.execution_id not in (select e.id from unnest((v_wave).ended) e)), '{}');
        end if;
        if (v_wave).handed is not null then
            v_progress.handed := v_progress.handed || (v_wave).handed;
            v_taker.capacities := array(
                select t.capacity - (select count(*)::integer from unnest((v_wave).handed) h where h.queue = t.queue)
                from unnest(v_taker.queues, v_taker.capacities) with ordinality t (queue, capacity, ord) order by t.ord);
        end if;
        if (v_wave).pending_queues is not null then
            v_progress.pending_queues := v_progress.pending_queues || array(select distinct q from unnest((v_wave).pending_queues) q);
        end if;
        v_active := v_active || (v_wave).active;

        if (p_traits).has_ordered then
            v_leaving := interlock.release_ordered(p_executions, v_leaving, v_traits, p_now);
        end if;
        if v_leaving is not null then
            v_wave_count := v_wave_count + 1;
            v_successors := interlock.find_successors(v_leaving);
            if v_successors.arrivals is not null then
                perform interlock.place_tokens(v_successors.arrivals, p_now);
            end if;
            v_traits.budget := v_traits.budget - coalesce(cardinality(v_successors.arrivals), 0) - coalesce(cardinality(v_successors.openings), 0);
            v_wave := null;
            if v_successors.openings is not null then
                v_wave := interlock.open_visits(v_successors.openings, case when v_wave_count < c_most_waves then v_traits.budget else 0 end, v_taker, p_now);
            end if;
        else
            exit when not (p_traits).has_joins;
            if v_wave_count >= c_most_waves or v_traits.budget <= 0 then
                update interlock.executions e set unsettled = true where e.id = any (p_executions) and e.ended_at is null;
                v_progress.pending_queues := v_progress.pending_queues || null::text;
                exit;
            end if;
            v_chosen := interlock.choose_joins(p_executions, p_by_cron);
            exit when v_chosen is null;
            v_wave := interlock.begin_joins(v_chosen, v_traits.budget, (p_traits).has_counts, v_taker, p_now);
        end if;
    end loop;

    perform interlock.update_statuses(case when v_active is null or (p_traits).has_counts then p_executions
        else array(select unnest(p_executions) except select unnest(v_active)) end, p_now);
    if (p_traits).has_locks then
        v_progress.pending_queues := v_progress.pending_queues || interlock.wake_lock_waiters(interlock.keys_of(p_executions), p_now);
    end if;
    v_progress.capacities := v_taker.capacities;
    return v_progress;
end $$;

-- Applies the effects of a wave on whole executions: their context, that a wait in them ended, their end.
-- Transition: execution -> completed | failed. Caller: advance, with the locks of the executions. Errors: none of its own.
create function interlock.apply_wave(p_wave interlock.wave, p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
begin
    if (p_wave).context_changes is not null then
        perform interlock.merge_contexts((p_wave).context_changes);
    end if;
    if (p_wave).waited is not null then
        update interlock.executions e set last_waited_at = p_now where e.id = any ((p_wave).waited);
    end if;
    if (p_wave).ended is not null then
        perform interlock.end_executions((p_wave).ended, p_now);
    end if;
end $$;

-- Begins visits that exist already, as decide_openings decides: joins that go, and visits that were left pending for a virtual user.
-- Transition: holding -> pending | running; holding, pending -> waiting | completed | failed.
-- Caller:  begin_joins, begin_virtual; with the locks of the executions. Errors: none of its own. A repeat leaves visits alone that have moved on.
create function interlock.begin_standing(p_openings interlock.opening[], p_budget integer, p_taker interlock.taker, p_now timestamptz)
returns interlock.wave
language plpgsql set search_path = '' as $$
declare
    v_wave interlock.wave;
begin
    with decided as materialized (
        select d.* from interlock.decide_openings(p_openings, p_budget, p_taker, p_now) d
    ), updated as (
        update interlock.assignments a
        set status = d.status, suspended = d.suspended, queue = d.queue, requires = d.requires, due_at = d.due_at, wait_for = d.wait_for,
            worker_id = d.worker_id, claim_request = d.claim_request, ports = d.ports, output = d.output,
            source_execution_id = d.source_execution_id, source_id = d.source_id, error = d.error, late_for = d.late_for, lock_key = d.lock_key,
            witness_id = null, witness_slot = null, change_number = nextval('interlock.change_numbers'),
            started_at = case when d.status <> 'pending' then p_now end,
            ended_at = case when d.status in ('completed', 'failed') then p_now end
        from decided d
        where a.execution_id = d.execution_id and a.id = d.id
            -- a visit that stays pending for its virtual user stays unchanged
            and not (d.was = 'pending' and d.status = 'pending' and d.is_virtual)
        returning 1
    )
    select array_agg(row(d.execution_id, d.id, d.version_id, d.node_no, d.ports, d.late_for, d.source_execution_id,
               d.source_id)::interlock.departure) filter (where d.leaves),
           array_agg(row(d.execution_id, case when d.error is null then 'completed' else 'failed' end, d.id, d.error)::interlock.ended_execution)
               filter (where d.ends),
           array_agg(row(d.execution_id, d.id, d.queue)::interlock.handed_assignment) filter (where d.status = 'running'),
           array_agg(row(d.execution_id, d.id, d.context)::interlock.context_change) filter (where d.context is not null),
           array_agg(d.queue) filter (where d.status = 'pending' and not d.suspended and d.queue is distinct from '')
    into v_wave.leaving, v_wave.ended, v_wave.handed, v_wave.context_changes, v_wave.pending_queues
    from (select x.* from decided x order by x.ord) d;
    return v_wave;
end $$;

-- Cancels open visits that are not done; workers that run them learn it from their next heartbeat.
-- Transition: holding, pending, running, waiting -> cancelled.
-- Caller:  mark_late, cancel_open_visits; with the locks of the executions. Errors: none. A repeat finds them ended and changes nothing.
create function interlock.cancel_assignments(p_visits interlock.visit_id[], p_reason jsonb, p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
begin
    perform interlock.finish(array(
        select row(v.execution_id, v.id, 'open', 'cancelled', null, null, null, null, p_reason, null, null, null, null, null, null, false, false,
            null)::interlock.ending
        from unnest(p_visits) v), true, p_now);
end $$;

-- Cancels the open visits of executions that end or have ended, at most 5000 at once. Returns the executions that have more.
-- Transition: see cancel_assignments. Caller: end_executions, sweep_unsettled; with the locks of the executions. A repeat cancels the next ones.
create function interlock.cancel_open_visits(p_executions uuid[], p_now timestamptz) returns uuid[]
language plpgsql set search_path = '' as $$
declare
    v_open interlock.visit_id[];
    c_most constant integer := 5000;
begin
    select array_agg(row(o.execution_id, o.id)::interlock.visit_id) into v_open
    from (
        select a.execution_id, a.id
        from unnest(p_executions) x (id)
        cross join lateral (
            select o.execution_id, o.id from interlock.assignments o where o.execution_id = x.id and o.ended_at is null offset 0
        ) a
        limit c_most
    ) o;
    if v_open is null then
        return '{}';
    end if;
    perform interlock.cancel_assignments(v_open, interlock.assignment_error('execution_ended', 'The execution ended before this visit was done.',
        'Look at the error of the execution: this visit did nothing wrong.'), p_now);
    if cardinality(v_open) < c_most then
        return '{}';
    end if;
    return array(
        select x.id from unnest(p_executions) x (id)
        where (select true from interlock.assignments o where o.execution_id = x.id and o.ended_at is null limit 1));
end $$;

-- Decides what becomes of attempts that did not succeed: another attempt after a delay, or the error policy of the node; and records each attempt.
-- Transition: none; finish makes it: running -> pending | failed, waiting -> failed.
-- Caller:  replace_failures, finish_due, fail_doomed, cancel_assignment; with the locks of the executions.
-- p_failures: endings with their error; those whose visit is no longer what it was are left out. p_outcome: recorded with the attempt.
create function interlock.decide_failures(p_failures interlock.ending[], p_outcome text, p_now timestamptz) returns interlock.ending[]
language plpgsql set search_path = '' as $$
declare
    v_endings interlock.ending[];
begin
    with failing as materialized (
        select f.ord, f.execution_id, f.id, f.was, f.outcome, f.tries, a.attempt, a.loss_count, a.worker_id, a.started_at, n.on_error,
               case when jsonb_typeof(f.error) = 'object' then f.error else '{}' end || jsonb_build_object(
                   'code', coalesce(f.error ->> 'code', 'failed'),
                   'message', coalesce(nullif(f.error ->> 'message', ''), 'The executor gave no message.'),
                   'attempt', a.attempt) as error,
               f.outcome = 'failed' and coalesce(f.error -> 'retryable' <> 'false', true) and a.attempt < n.max_attempts and f.was = 'running' as again,
               greatest(
                   least(n.retry_initial_seconds * power(n.retry_multiplier, least(a.attempt - 1, 60)), n.retry_max_seconds)
                       * (1 + n.retry_jitter * (2 * random() - 1)),
                   case when jsonb_typeof(f.error #> '{details,retry_after_seconds}') = 'number'
                       then least((f.error #>> '{details,retry_after_seconds}')::numeric, 86400)::double precision end,
                   0) as delay
        from unnest(p_failures) with ordinality f (execution_id, id, was, outcome, worker_id, attempt, output, ports, error, context, due_at, wait_for,
            retries, losses, requires, leaves, ends_execution, tries, ord)
        join interlock.assignments a on a.execution_id = f.execution_id and a.id = f.id and a.status = any ('{holding,pending,running,waiting}')
            and case when f.was in ('running', 'waiting') then a.status = f.was and (f.worker_id is null or a.worker_id = f.worker_id)
                and (f.attempt is null or a.attempt = f.attempt) else true end
        cross join lateral (select x.* from interlock.nodes x where x.version_id = a.version_id and x.node_no = a.node_no offset 0) n
    ), kept as (
        insert into interlock.assignment_attempts (execution_id, assignment_id, attempt, loss_count, outcome, error, worker_id, started_at, ended_at)
        select f.execution_id, f.id, f.attempt, f.loss_count, p_outcome, f.error, f.worker_id, f.started_at, p_now
        from failing f
        where f.was in ('running', 'waiting')
        on conflict do nothing
    )
    select array_agg(row(f.execution_id, f.id, f.was, case when f.again then 'pending' else f.outcome end, f.worker_id, f.attempt, null,
               case when not f.again and f.on_error = 'port' then '{error}'::text[] end, f.error, null,
               case when f.again then p_now + make_interval(secs => f.delay) end, null, f.again::integer, null, null,
               not f.again and f.on_error <> 'fail', not f.again and f.on_error = 'fail', f.tries)::interlock.ending order by f.ord)
    into v_endings
    from failing f;
    return v_endings;
end $$;

-- Decides how visits begin: every rule about it is here and nowhere else. One row for each opening that can begin, in order; changes nothing.
-- Caller: open_visits and begin_standing, which write the decisions; with the locks of the executions.
-- p_budget: how many visits and tokens this transaction may still make. If none, openings are left pending for the virtual user; if some, the whole wave
--           begins, because only the next wave sees what it changes in a context. A single wave costs at most 10,000.
-- A plain SQL function in a from clause, so that it becomes part of the statement that calls it.
create function interlock.decide_openings(p_openings interlock.opening[], p_budget integer, p_taker interlock.taker, p_now timestamptz)
returns table (
    ord bigint, execution_id uuid, id uuid, was text, version_id integer, node_no integer, visit integer, visits_since_wait integer, status text,
    is_indexed boolean, ordered boolean, suspended boolean, queue text, requires text, due_at timestamptz, wait_for text, worker_id uuid,
    claim_request bigint, from_id uuid, ports text[], output jsonb, source_execution_id uuid, source_id uuid, error jsonb, late_for jsonb,
    lock_key text, context jsonb, leaves boolean, ends boolean, is_virtual boolean, is_active boolean
)
language sql stable as $$
    with beginning as (
        select o.ord, o.execution_id, o.id, coalesce(a.status, 'new') as was, o.version_id, o.node_no, o.from_id, o.is_unfilled,
               n.node_id, n.kind, n.queue, n.requires, n.join_kind, n.inline, n.fan_out, n.ordered, n.is_indexed, n.on_error, n.timeout_seconds, n.max_visits,
               n.lock_program, n.by_cron, n.needs_worker, n.ends_execution, n.reads_input, n.passes_input, n.merges_input, n.is_always_fatal, n.may_wait,
               e.context, e.subject, e.suspended_at is not null as suspended, e.status = 'running' as is_running,
               a.lock_key as lock_key_before,
               coalesce(o.source_execution_id, p.execution_id) as source_execution_id, coalesce(o.source_id, p.id) as source_id,
               a.visit as standing_visit, a.visits_since_wait as standing_visits_since_wait, coalesce(last.visit, 0) as last_visit,
               case when last.created_at >= e.last_waited_at or e.last_waited_at is null then coalesce(last.visits_since_wait, 0) else 0 end
                   as last_visits_since_wait,
               -- a node that is not repeatable has one visit
               n.is_repeatable, case when n.is_repeatable then o.execution_id end as repeated_execution,
               case when n.is_repeatable then o.node_no end as repeated_node,
               n.needs_worker and e.suspended_at is null and n.lock_program is null and (n.requires is null or n.requires = any ((p_taker).node_types))
                   as may_be_handed,
               -- a join takes over the marks that all its tokens carry; the mark of a join ends with its visit
               case
                   when o.id is null then interlock.without_mark(o.late_for, case when n.join_kind is not null then o.node_no end)
                   when a.status = 'holding' and n.may_be_late then interlock.inherited_marks(o.execution_id, o.node_no, a.visit)
                   else a.late_for
               end as late_for,
               case
                   when n.merges_input then (select m.input from interlock.merged_inputs(o.execution_id, o.node_no, a.visit) m)
                   when n.reads_input then coalesce(
                       (select b.output from interlock.assignments b
                        where b.execution_id = coalesce(o.source_execution_id, p.execution_id) and b.id = coalesce(o.source_id, p.id)),
                       (select x.input from interlock.executions x where x.id = coalesce(o.source_execution_id, p.execution_id)))
               end as input
        from unnest(p_openings) with ordinality
            o (execution_id, id, version_id, node_no, from_id, source_execution_id, source_id, late_for, is_unfilled, ord)
        cross join lateral (select x.* from interlock.nodes x where x.version_id = o.version_id and x.node_no = o.node_no offset 0) n
        join interlock.executions e on e.id = o.execution_id and e.ended_at is null
        -- the visit that exists already
        left join lateral (
            select x.status, x.visit, x.visits_since_wait, x.lock_key, x.late_for, x.previous_assignment_id
            from interlock.assignments x
            where o.id is not null and x.execution_id = o.execution_id and x.id = o.id and x.status = any ('{holding,pending}')
        ) a on true
        -- the last visit of the node, before a new one
        left join lateral (
            select x.visit, x.visits_since_wait, x.created_at
            from interlock.assignments x
            where o.id is null and n.is_repeatable
                and x.execution_id = o.execution_id and x.node_no = o.node_no and x.is_indexed and x.parent_assignment_id is null
            order by x.visit desc limit 1
        ) last on true
        -- the assignment whose output an existing visit gets
        left join lateral (
            select coalesce(b.source_execution_id, b.execution_id) as execution_id, coalesce(b.source_id, b.id) as id
            from interlock.assignments b
            where a.previous_assignment_id is not null and n.passes_input and not n.merges_input
                and b.execution_id = o.execution_id and b.id = a.previous_assignment_id
        ) p on true
        where o.id is null or a.status is not null
        offset 0
    ), numbered as (
        select b.*,
               -- visits of one node that begin together are numbered in order
               case when b.is_repeatable then row_number() over (partition by b.repeated_execution, b.repeated_node order by b.ord) else 1 end as visit_no,
               -- the worker that reports is handed as many as it has capacity for
               row_number() over (partition by b.queue, b.may_be_handed order by b.ord) as hand_no,
               -- a virtual user's visit costs the successors that it may have and what it has to read: 8 KiB count as one visit
               coalesce(sum(case when not b.needs_worker then b.fan_out + case when b.reads_input or b.merges_input
                       then (coalesce(pg_catalog.pg_column_size(b.input), 0) + pg_catalog.pg_column_size(b.context)) / 8192 else 0 end else 0 end)
                   over (order by b.queue, b.may_be_handed, b.ord rows between unbounded preceding and 1 preceding), 0) as spent
        from beginning b
    ), keyed as (
        select n.*, coalesce(n.standing_visit, n.last_visit + n.visit_no)::integer as visit,
               coalesce(n.standing_visits_since_wait, n.last_visits_since_wait + n.visit_no)::integer as visits_since_wait,
               coalesce(n.lock_key_before, case when n.lock_program is not null then
                   interlock.lock_key_of(n.lock_program, n.input, n.context, n.subject, n.execution_id) end) as lock_key,
               -- left for the virtual user: by cron, suspended, beyond the budget, or because it has to hold its lock while it waits
               n.suspended or n.was = 'new' and n.by_cron or p_budget <= 0 or n.spent >= 10000
                   or n.may_wait and n.lock_program is not null and n.was <> 'pending' as is_left
        from numbered n
        offset 0                                                          -- here and below: so that each is decided once
    ), resolved as (
        select k.*,
               case
                   when k.visits_since_wait > k.max_visits then interlock.assignment_error('max_visits_exceeded',
                       format('The node %s was visited %s times while nothing in its execution waited, the most that its max_visits allows.',
                           k.node_id, k.max_visits),
                       'Check what ends the loop. If the loop is meant to go on longer, raise max_visits of the node.')
                   when k.is_unfilled then interlock.assignment_error('join_unfilled',
                       'This join got fewer tokens than it needs, and nothing that is still open can bring another.',
                       'Connect every branch that may be taken to the join, or let it need fewer: join: first, or join: {count: N}.')
                   when k.lock_program is not null and k.lock_key is null then interlock.assignment_error('lock_key_missing',
                       format('The lock of the node %s has no value of 1 to 500 characters for this input.', k.node_id),
                       'Give the input the field that the lock names, or fix the lock of the node.')
               end as refusal,
               case when not k.needs_worker and not k.is_left and k.visits_since_wait <= k.max_visits and k.is_unfilled is not true
                       and (k.lock_program is null or k.lock_key is not null)
                   then interlock.resolve_inline(k.kind, k.inline, k.input, k.context, k.subject, k.execution_id, p_now) end as resolution
        from keyed k
        offset 0
    ), reached as (
        select r.*, coalesce(r.refusal, (r.resolution).error) as error,
               not r.needs_worker and r.refusal is null and r.is_left as is_virtual,
               case
                   when r.refusal is not null then 'failed'
                   when (r.resolution).status is not null then (r.resolution).status
                   when r.may_be_handed and r.hand_no <= coalesce((p_taker).capacities[pg_catalog.array_position((p_taker).queues, r.queue)], 0)
                       then 'running'
                   else 'pending'
               end as reached
        from resolved r
        offset 0
    ), judged as (
        select r.*,
               r.reached = 'failed' and (r.on_error = 'fail' or r.is_always_fatal and r.refusal is null or r.visits_since_wait > r.max_visits) as is_fatal,
               -- an ordered visit leaves after every earlier one, of this call too
               r.ordered and r.is_repeatable and not r.ends_execution and r.reached in ('completed', 'failed') and (
                   coalesce(bool_or(r.reached not in ('completed', 'failed')) over (
                       partition by r.repeated_execution, r.repeated_node order by r.ord rows between unbounded preceding and 1 preceding), false)
                   or interlock.has_earlier_open_visit(r.execution_id, r.node_no, r.visit)) as is_parked
        from reached r
    ), decided as (
        select j.*, j.is_parked and not j.is_fatal as parks, j.error is not null and not j.is_fatal as is_caught,
               j.passes_input and not j.merges_input and j.error is null as passes,
               case when j.is_parked and not j.is_fatal then 'waiting' else j.reached end as status
        from judged j
    )
    select d.ord, d.execution_id, coalesce(d.id, interlock.uuidv7()), d.was, d.version_id, d.node_no, d.visit, d.visits_since_wait, d.status,
           d.is_indexed, d.ordered, d.suspended and d.status = 'pending',
           case when not d.is_virtual then d.queue when d.by_cron then '' end,
           case when d.needs_worker then d.requires end,
           case d.status
               when 'pending' then p_now
               when 'running' then p_now + make_interval(secs => d.timeout_seconds)
               when 'waiting' then (d.resolution).due_at
           end,
           case when d.status = 'waiting' then case when d.parks then 'order' else 'time' end end,
           case when d.status = 'running' then (p_taker).worker_id end,
           case when d.status = 'running' then (p_taker).request end,
           d.from_id,
           case when d.is_caught and d.on_error = 'port' then '{error}' else (d.resolution).ports end,
           case
               when d.is_caught then jsonb_build_object('error', d.error)
               when d.error is null and d.merges_input and not d.needs_worker and d.status <> 'pending' then d.input
           end,
           case when d.passes then nullif(d.source_execution_id, d.execution_id) end,
           case when d.passes then d.source_id end,
           d.error, d.late_for, d.lock_key, (d.resolution).context,
           (d.status in ('completed', 'failed') or d.parks) and not d.ends_execution and not d.is_fatal,
           d.is_fatal or d.ends_execution and d.status = 'completed',
           d.is_virtual,
           d.is_running and d.status in ('pending', 'running')
    from decided d
$$;

-- Lets as many of the visits that are about to end leave as this transaction may make successors for; parks the others as done (`waiting` for `turn`), and
-- they leave with the next tick. The first always leaves. Changes nothing: finish writes it.
-- Caller: record_results, finish_due, fail_doomed, release_ordered; with the locks of the executions.
create function interlock.defer_beyond_budget(p_endings interlock.ending[], p_traits interlock.traits, p_now timestamptz) returns interlock.ending[]
language plpgsql stable set search_path = '' as $$
declare
    v_endings interlock.ending[];
begin
    if coalesce(cardinality(p_endings), 0)::bigint * (p_traits).max_fan_out <= (p_traits).budget then
        return p_endings;
    end if;
    select array_agg(case when x.leaves and (x.spent - x.own >= (p_traits).budget or x.spent >= 10000)
               then row(x.execution_id, x.id, x.was, 'waiting', x.worker_id, x.attempt,
                   coalesce(x.output, case when x.outcome <> 'completed' then jsonb_build_object('error', x.error) end), x.ports, x.error, x.context, p_now, 'turn', x.retries,
                   x.losses, x.requires, false, false, x.tries)::interlock.ending
               else row(x.execution_id, x.id, x.was, x.outcome, x.worker_id, x.attempt, x.output, x.ports, x.error, x.context, x.due_at, x.wait_for,
                   x.retries, x.losses, x.requires, x.leaves, x.ends_execution, x.tries)::interlock.ending end order by x.ord)
    into v_endings
    from (
        -- spent: what the visits before it cost; own: those of its own execution among them, which go on together
        select f.*, coalesce(sum(case when f.leaves then n.fan_out else 0 end)
                   over (order by f.ord rows between unbounded preceding and 1 preceding), 0) as spent,
               coalesce(sum(case when f.leaves then n.fan_out else 0 end)
                   over (partition by f.execution_id order by f.ord rows between unbounded preceding and 1 preceding), 0) as own
        from unnest(p_endings) with ordinality f (execution_id, id, was, outcome, worker_id, attempt, output, ports, error, context, due_at, wait_for,
            retries, losses, requires, leaves, ends_execution, tries, ord)
        left join interlock.assignments a on a.execution_id = f.execution_id and a.id = f.id
        left join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
    ) x;
    return v_endings;
end $$;

-- Ends executions: cancels their open visits, and frees the locks that they held.
-- Transition: execution pending, running, waiting, paused -> completed | failed | cancelled | timed_out.
-- Caller:  apply_wave, cancel, sweep_deadlines, fail_broken_execution; with the locks of the executions. Errors: none. A repeat changes nothing.
-- Cancels at most 5000 open visits at once; if there are more, the executions end all the same, and ticks cancel the rest.
create function interlock.end_executions(p_ended interlock.ended_execution[], p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
declare
    v_more uuid[] := interlock.cancel_open_visits(array(select distinct x.id from unnest(p_ended) x), p_now);
begin
    update interlock.executions e
    set status = x.status, ended_at = p_now, started_at = coalesce(e.started_at, p_now), error = x.error,
        end_id = case when x.status = 'completed' then x.ended_by end, unsettled = e.id = any (v_more),
        change_number = nextval('interlock.change_numbers')
    from (
        select distinct on (u.id) u.* from unnest(p_ended) with ordinality u (id, status, ended_by, error, ord) order by u.id, u.ord
    ) x
    where e.id = x.id and e.ended_at is null;
end $$;

-- Fails an execution that the rules cannot move (a damaged definition, a defect), by plain updates that cannot raise.
-- Transition: execution -> failed; its open assignments -> cancelled.
-- Caller:  the function that caught the error; it may not hold the execution's lock. record_results, for a result that takes too long.
-- Returns IL099, busy if another transaction holds the execution, IL001 if there is none. A repeat changes nothing.
create function interlock.fail_broken_execution(p_execution_id uuid, p_error jsonb, p_now timestamptz) returns text
language plpgsql set search_path = '' as $$
begin
    perform from interlock.executions e where e.id = p_execution_id and e.ended_at is null for no key update skip locked;
    if not found then
        return case when exists (select from interlock.executions e where e.id = p_execution_id) then 'busy' else 'IL001' end;
    end if;
    perform interlock.end_executions(array[row(p_execution_id, 'failed', null, p_error)::interlock.ended_execution], p_now);
    return 'IL099';
end $$;

-- Finds the successors of visits that leave now, in order of leaving and of definition: visits that begin, and tokens for joins. Changes nothing.
-- Caller:  advance, which holds the locks of the executions.
create function interlock.find_successors(
    p_leaving interlock.departure[], out openings interlock.opening[], out arrivals interlock.arrival[]
)
language plpgsql stable set search_path = '' as $$
begin
    select array_agg(row(s.execution_id, null, s.version_id, s.to_node, s.id, s.source_execution_id, s.source_id, s.late_for, false)::interlock.opening)
               filter (where not s.into_join),
           array_agg(row(s.execution_id, s.version_id, s.to_node, s.slot, s.id, s.late_for)::interlock.arrival) filter (where s.into_join)
    into openings, arrivals
    from (
        select l.execution_id, l.id, l.version_id, l.late_for, c.to_node, c.slot, c.into_join,
               coalesce(l.source_execution_id, l.execution_id) as source_execution_id, coalesce(l.source_id, l.id) as source_id
        from unnest(p_leaving) with ordinality
            l (execution_id, id, version_id, node_no, ports, late_for, source_execution_id, source_id, ord)
        join interlock.connections c
            on c.version_id = l.version_id and c.from_node = l.node_no and c.type = 'MAIN' and c.port = any (coalesce(l.ports, '{main}'))
        order by l.ord, c.connection_no
    ) s;
end $$;

-- Writes how visits end, are parked, or return to their queue; no other function does.
-- Transition: running -> completed | failed | waiting | pending; waiting -> completed | failed; any open status -> cancelled.
-- Caller:  record_results, finish_due, cancel_assignments, cancel_assignment, give_up_worker, fail_doomed, release_ordered; with the locks of the executions.
-- Errors:  none of its own. Leaves out an ending whose visit is no longer what it was, so a repeat changes nothing.
-- Returns the positions in p_endings of the endings that were written, and the wave that follows. Visits of ordered nodes that are parked behind an earlier
-- one are among those that leave: release_ordered decides when.
-- p_revokes: workers that run one of these visits learn it from their next heartbeat.
create function interlock.finish(
    p_endings interlock.ending[], p_revokes boolean, p_now timestamptz, out wave interlock.wave, out written bigint[]
)
language plpgsql set search_path = '' as $$
declare
    c_open constant text[] := '{holding,pending,running,waiting}';
begin
    if p_revokes then
        insert into interlock.revocations (worker_id, execution_id, assignment_id, attempt)
        select a.worker_id, a.execution_id, a.id, a.attempt
        from unnest(p_endings) f
        join interlock.assignments a on a.execution_id = f.execution_id and a.id = f.id and a.status = any (array['running'])
        join interlock.workers w on w.id = a.worker_id and w.status = 'alive'
        on conflict do nothing;
    end if;

    with finished as (
        update interlock.assignments a
        set status = case when f.leaves and a.ordered and a.parent_assignment_id is null and f.was <> 'order' and interlock.has_earlier_open_visit(a.execution_id, a.node_no, a.visit)
                then 'waiting' else f.outcome end,
            wait_for = case
                when f.leaves and a.ordered and a.parent_assignment_id is null and f.was <> 'order' and interlock.has_earlier_open_visit(a.execution_id, a.node_no, a.visit) then 'order'
                when f.outcome = 'waiting' then f.wait_for end,
            ended_at = case when f.outcome in ('completed', 'failed', 'cancelled') and not (
                f.leaves and a.ordered and a.parent_assignment_id is null and f.was <> 'order' and interlock.has_earlier_open_visit(a.execution_id, a.node_no, a.visit)) then p_now end,
            output = case
                when f.outcome = 'completed' then coalesce(f.output, a.output)
                when f.outcome = 'waiting' then coalesce(f.output, a.output, case when f.was = 'running' then interlock.input_of(a.execution_id, a.id) end)
                -- an error that is caught goes on as the output; a visit that was parked has its output already
                when f.leaves then coalesce(f.output, case when f.was in ('order', 'turn') then a.output end, jsonb_build_object('error', f.error))
                when f.outcome = 'cancelled' and not f.ends_execution then a.output end,
            source_execution_id = case when f.output is null and (f.outcome = 'pending' or f.outcome = 'cancelled' and not f.leaves and not f.ends_execution
                or f.was <> 'running' and f.outcome in ('completed', 'waiting')) then a.source_execution_id end,
            source_id = case when f.output is null and (f.outcome = 'pending' or f.outcome = 'cancelled' and not f.leaves and not f.ends_execution
                or f.was <> 'running' and f.outcome in ('completed', 'waiting')) then a.source_id end,
            ports = case when f.outcome in ('completed', 'waiting', 'cancelled') or f.leaves then coalesce(f.ports, a.ports) end,
            -- the error keeps what a retry restores
            error = case when f.outcome = 'cancelled' and f.was = 'open'
                then f.error || jsonb_build_object('was', a.status, 'due_at', a.due_at, 'wait_for', a.wait_for, 'error', a.error) else f.error end,
            due_at = f.due_at,
            worker_id = case when f.outcome <> 'pending' then a.worker_id end,
            attempt = a.attempt + coalesce(f.retries, 0),
            loss_count = a.loss_count + coalesce(f.losses, 0),
            requires = coalesce(f.requires, a.requires),
            suspended = f.outcome = 'pending' and (select e.suspended_at is not null from interlock.executions e where e.id = a.execution_id),
            change_number = nextval('interlock.change_numbers')
        from unnest(p_endings) with ordinality f (execution_id, id, was, outcome, worker_id, attempt, output, ports, error, context, due_at, wait_for,
            retries, losses, requires, leaves, ends_execution, tries, ord)
        where a.execution_id = f.execution_id and a.id = f.id and a.status = any (c_open)
            and case f.was
                when 'running' then a.status = 'running' and (f.worker_id is null or a.worker_id = f.worker_id) and (f.attempt is null or a.attempt = f.attempt)
                when 'open' then true
                when 'waiting' then a.status = 'waiting' and a.wait_for not in ('order', 'turn')
                else a.wait_for = f.was end
        returning f.ord, f.was, f.ends_execution, f.error, f.context, a.execution_id, a.id, a.version_id, a.node_no, a.status, a.queue, a.ports, a.late_for,
                  a.source_execution_id, a.source_id,
                  -- a visit that belongs to another delivers no tokens
                  f.leaves and a.parent_assignment_id is null as leaves
    )
    select array_agg(x.ord),
           array_agg(row(x.execution_id, x.id, x.version_id, x.node_no, x.ports, x.late_for, x.source_execution_id,
               x.source_id)::interlock.departure) filter (where x.leaves),
           array_agg(row(x.execution_id, 'failed', x.id, x.error)::interlock.ended_execution)
               filter (where x.ends_execution and x.status in ('failed', 'cancelled')),
           array_agg(row(x.execution_id, x.id, x.context)::interlock.context_change) filter (where x.context is not null),
           array_agg(x.queue) filter (where x.status = 'pending'),
           array_agg(x.execution_id) filter (where x.was = 'waiting')
    into written, wave.leaving, wave.ended, wave.context_changes, wave.pending_queues, wave.waited
    from (select c.* from finished c order by c.ord) x;
end $$;

-- Merges the changes of visits into the contexts of their executions, in order, later ones win; and records each change, so that an earlier state of the
-- context can be rebuilt. Caller: apply_wave, with the locks of the executions.
create function interlock.merge_contexts(p_changes interlock.context_change[]) returns void
language plpgsql set search_path = '' as $$
begin
    insert into interlock.context_changes (execution_id, revision, assignment_id, patch)
    select c.execution_id, e.context_revision + row_number() over (partition by c.execution_id order by c.ord), c.assignment_id, c.patch
    from unnest(p_changes) with ordinality c (execution_id, assignment_id, patch, ord)
    join interlock.executions e on e.id = c.execution_id
    where jsonb_typeof(c.patch) = 'object' and c.patch <> '{}';

    update interlock.executions e
    set context = e.context || c.patch, context_revision = e.context_revision + c.changes, change_number = nextval('interlock.change_numbers')
    from (
        select u.execution_id, jsonb_object_agg(pair.key, pair.value order by u.ord) as patch, count(distinct u.ord)::integer as changes
        from unnest(p_changes) with ordinality u (execution_id, assignment_id, patch, ord)
        cross join lateral jsonb_each(u.patch) pair
        where jsonb_typeof(u.patch) = 'object'
        group by u.execution_id
    ) c
    where e.id = c.execution_id;
end $$;

-- Opens new visits, as decide_openings decides.
-- Transition: (new) -> pending | running | waiting | completed | failed.
-- Caller:  advance, with the locks of the executions. Errors: none of its own.
create function interlock.open_visits(p_openings interlock.opening[], p_budget integer, p_taker interlock.taker, p_now timestamptz)
returns interlock.wave
language plpgsql set search_path = '' as $$
declare
    v_wave interlock.wave;
begin
    with decided as materialized (
        select d.* from interlock.decide_openings(p_openings, p_budget, p_taker, p_now) d
    ), inserted as (
        insert into interlock.assignments (
            execution_id, id, version_id, node_no, visit, visits_since_wait, status, is_indexed, ordered, suspended, queue, requires, due_at, wait_for,
            worker_id, claim_request, previous_assignment_id, ports, output, source_execution_id, source_id, error, late_for, lock_key,
            change_number, created_at, started_at, ended_at)
        select d.execution_id, d.id, d.version_id, d.node_no, d.visit, d.visits_since_wait, d.status, d.is_indexed, d.ordered, d.suspended, d.queue,
               d.requires, d.due_at, d.wait_for, d.worker_id, d.claim_request, d.from_id, d.ports, d.output, d.source_execution_id, d.source_id, d.error,
               d.late_for, d.lock_key, nextval('interlock.change_numbers'), p_now,
               case when d.status <> 'pending' then p_now end,
               case when d.status in ('completed', 'failed') then p_now end
        from decided d
        returning 1
    )
    select array_agg(row(d.execution_id, d.id, d.version_id, d.node_no, d.ports, d.late_for, d.source_execution_id,
               d.source_id)::interlock.departure) filter (where d.leaves),
           array_agg(row(d.execution_id, case when d.error is null then 'completed' else 'failed' end, d.id, d.error)::interlock.ended_execution)
               filter (where d.ends),
           array_agg(row(d.execution_id, d.id, d.queue)::interlock.handed_assignment) filter (where d.status = 'running'),
           array_agg(row(d.execution_id, d.id, d.context)::interlock.context_change) filter (where d.context is not null),
           array_agg(d.queue) filter (where d.status = 'pending' and not d.suspended and d.queue is distinct from ''),
           array_agg(d.execution_id) filter (where d.is_active)
    into v_wave.leaving, v_wave.ended, v_wave.handed, v_wave.context_changes, v_wave.pending_queues, v_wave.active
    from (select x.* from decided x order by x.ord) d;
    return v_wave;
end $$;

-- Returns an ending unchanged, or, if its change would make the execution's context too large or too deep, as a failure with that error.
-- Caller: record_results, with the lock of the execution. Changes nothing.
create function interlock.refuse_change(p_ending interlock.ending) returns interlock.ending
language plpgsql stable set search_path = '' as $$
declare
    v_ending interlock.ending := p_ending;
    v_error  jsonb;
begin
    if (p_ending).context is null or jsonb_typeof((p_ending).context) <> 'object' then
        return p_ending;
    end if;
    select interlock.refuse_context(e.context || (p_ending).context) into v_error from interlock.executions e where e.id = (p_ending).execution_id;
    if v_error is not null then
        v_ending.outcome := 'failed';
        v_ending.error := v_error;
        v_ending.context := null;
        v_ending.output := null;
        v_ending.ports := null;
        v_ending.leaves := false;
    end if;
    return v_ending;
end $$;

-- Replaces each failed ending by the decision of decide_failures; the others stay as they are. Returns as many endings as it gets, in the same order. A
-- failure whose visit is no longer what it was stays as it is, and finish leaves it out.
-- Caller: record_results.
create function interlock.replace_failures(p_endings interlock.ending[], p_outcome text, p_now timestamptz) returns interlock.ending[]
language plpgsql set search_path = '' as $$
declare
    v_decided interlock.ending[];
begin
    if not 'failed' = any (array(select e.outcome from unnest(p_endings) e)) then
        return p_endings;
    end if;
    v_decided := interlock.decide_failures(array(
        select e::interlock.ending from unnest(p_endings) e where e.outcome = 'failed'), p_outcome, p_now);
    return array(
        select coalesce(d.ending, f.ending)
        from (
            select row_number() over () as ord, e::interlock.ending as ending, e.execution_id, e.id, e.outcome, e.attempt from unnest(p_endings) e
        ) f
        left join lateral (
            select d::interlock.ending as ending from unnest(v_decided) d
            where f.outcome = 'failed' and d.execution_id = f.execution_id and d.id = f.id limit 1
        ) d on true
        order by f.ord);
end $$;

-- Returns the traits of the versions of these executions, with a full budget for this transaction. Changes nothing.
create function interlock.traits_of(p_executions uuid[]) returns interlock.traits
language plpgsql stable set search_path = '' as $$
begin
    return interlock.traits_of_versions(array(
        select distinct e.version_id from unnest(p_executions) x (id) join interlock.executions e on e.id = x.id));
end $$;

-- Reads the traits of these versions in one query, with a full budget for this transaction. Changes nothing.
create function interlock.traits_of_versions(p_versions integer[]) returns interlock.traits
language plpgsql stable set search_path = '' as $$
declare
    v_traits interlock.traits;
begin
    select coalesce(bool_or(v.has_joins), false), coalesce(bool_or(v.has_counts), false), coalesce(bool_or(v.has_ordered), false),
           coalesce(bool_or(v.has_locks), false), coalesce(max(v.max_fan_out), 0), interlock.visits_per_transaction()
    into v_traits
    from interlock.workflow_versions v
    where v.id = any (p_versions);
    return v_traits;
end $$;

-- Sets the status of executions by their open visits; an execution without one has completed.
-- Transition: execution pending, running, waiting, paused -> running | waiting | paused | completed.
-- No exists(): PostgreSQL may plan it as a hash of everything that is open in the database.
-- Caller:  advance, with the locks of the executions. Errors: none. A repeat changes nothing.
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
                and (a.status in ('pending', 'running') or a.wait_for = 'turn') limit 1) then 'running'
            when (select true from interlock.assignments a where a.execution_id = x.id and a.ended_at is null
                and a.wait_for = 'person' limit 1) then 'paused'
            when (select true from interlock.assignments a where a.execution_id = x.id and a.ended_at is null limit 1) then 'waiting'
            else 'completed' end as status
        from unnest(p_executions) x (id)
        offset 0                                                          -- so that each is decided once
    ) s
    where e.id = s.id and e.status <> s.status and e.ended_at is null;
end $$;

-- Returns about how many visits and tokens one transaction may make. Tests lower it with the setting interlock.visits_per_transaction.
create function interlock.visits_per_transaction() returns integer language sql stable as $$
    select coalesce(nullif(pg_catalog.current_setting('interlock.visits_per_transaction', true), '')::integer, 5000)
$$;

-- Returns the assignments that followed from these, over connections and joins; these themselves only if a loop leads back to them. Caller: retry.
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

-- Names the nodes and connections that an execution has used and that a version does not have; null if it has them all. Caller: retry.
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

-- Returns the number of the same node in another version; null if it is not there.
create function interlock.node_in_version(p_version_id integer, p_node_no integer, p_other_id integer) returns integer language sql stable as $$
    select case when p_version_id = p_other_id then p_node_no else (
        select o.node_no from interlock.nodes n
        join interlock.nodes o on o.version_id = p_other_id and o.node_id = n.node_id
        where n.version_id = p_version_id and n.node_no = p_node_no) end
$$;

-- Retries what failed, or runs again from a node, as a new execution. Completed visits are taken over by reference; visits that the failure cancelled are
-- restored with their tokens and due times; visits that were done but had not left yet leave; failed visits begin anew with the same idempotency keys.
-- Transition: (new) execution -> running | waiting | paused | completed.
-- Caller:  an operator. A repeat creates another execution, unless it has the same idempotency key: then it returns the existing one.
-- Locks:   the old execution; the key of its workflow's lock.
-- Errors:  IL001, IL013 bad_request (the key belongs to another execution), IL015 execution_not_ended, IL016 nothing_to_retry, IL017 lock_held,
--          IL018 version_incompatible.
-- p_from_node: run again from its latest visit; what followed from that visit is left out. p_newest: use the workflow's current version.
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
    v_again      uuid[];                                                  -- visits that begin anew
    v_dropped    uuid[] := '{}';                                          -- followed from visits that begin anew
    v_unsent     uuid[];                                                  -- were done when the execution ended, but had not left
    v_missing    text;
    v_known      interlock.executions;                                    -- created by an earlier call with the same key
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
    if v_old.unsettled then
        perform interlock.raise_error('IL015', format('The execution %s has ended, and what was open in it is still being cancelled.', p_execution_id),
            p_hint => 'Try again in a second: ticks cancel the rest.');
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
            perform interlock.raise_error('IL018', format('The newest version lacks %s, which this execution has used.', v_missing),
                p_hint => 'Retry on the same version, or run again from a node before them.');
        end if;
    end if;
    if v_old.lock_key is not null and not interlock.may_hold_lock(v_old.lock_key, v_new, v_new, v_now) then
        perform interlock.raise_error('IL017', format('The lock %s is held.', v_old.lock_key), p_hint => 'Try again when it is free.');
    end if;

    insert into interlock.executions (id, version_id, workflow_id, status, input, subject, idempotency_key, lock_key, root_id,
        retried_from, trace_parent, last_waited_at, created_at, started_at, deadline_at, change_number)
    select v_new, v_version_id, v_old.workflow_id, 'pending', v_old.input, v_old.subject,
           p_idempotency_key, v_old.lock_key, coalesce(v_old.root_id, v_old.id), v_old.id, left(p_trace_parent, 55), v_now, v_now, v_now,
           v_now + make_interval(secs => v.timeout_seconds), nextval('interlock.change_numbers')
    from interlock.workflow_versions v where v.id = v_version_id
    on conflict (workflow_id, idempotency_key) where idempotency_key is not null do nothing;
    if not found then
        perform interlock.raise_error('IL013', format('The idempotency key %s belongs to an execution that is no retry of this one.', p_idempotency_key),
            p_hint => 'Choose another key.');
    end if;
    perform interlock.take_over(v_old.id, v_new, v_version_id, v_again, v_dropped, v_now);
    perform interlock.record_audit('retry', p_by,
        jsonb_build_object('retried_from', v_old.id, 'from_node', p_from_node, 'newest', p_newest),
        v_now, v_new);

    v_unsent := interlock.unsent_assignments(v_old.id, v_again || v_dropped);
    v_progress := interlock.advance(array[v_new], row((
            select array_agg(row(v_new, a.id, a.version_id, a.node_no, a.ports, a.late_for, a.source_execution_id, a.source_id)::interlock.departure
                       order by u.ord)
            from unnest(v_unsent) with ordinality u (id, ord)
            join interlock.assignments a on a.execution_id = v_new and a.id = u.id), null, null, null, null, null, null)::interlock.wave, interlock.traits_of(array[v_new]), null,
        v_now);
    perform interlock.wake_workers(array(
        select distinct a.queue from interlock.assignments a where a.execution_id = v_new and a.status = 'pending'));
    return jsonb_build_object('execution_id', v_new, 'created', true);
end $$;

-- Returns the slot of a join in another version: that of the connection between the same nodes from the same port; null if there is none.
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

-- Fills a new execution with the state of an old one. Ids stay the same, so that links between visits stay true; outputs stay in the old execution and are
-- referred to. The context is built from the changes of the visits that are taken over.
-- Transition: (new) -> any status. Caller: retry, with both executions locked. Errors: none of its own.
-- A visit that held a lock while it waited asks for it again. p_again: visits that begin anew. p_dropped: visits that are left out, but joins among them
-- keep the tokens that other visits brought.
create function interlock.take_over(
    p_old uuid, p_new uuid, p_version_id integer, p_again uuid[], p_dropped uuid[], p_now timestamptz
) returns void
language plpgsql set search_path = '' as $$
begin
    insert into interlock.tokens (execution_id, join_node, visit, slot, from_assignment_id, late, late_for, token_number)
    select p_new, interlock.node_in_version(e.version_id, t.join_node, p_version_id), t.visit,
           interlock.slot_in_version(e.version_id, t.join_node, t.slot, p_version_id), t.from_assignment_id,
           t.late and not exists (                                        -- the visit that it was too late for is left out
               select from interlock.assignments j
               where j.execution_id = p_old and j.node_no = t.join_node and j.visit = t.visit and j.id = any (p_dropped)),
           interlock.marks_in_version(t.late_for, e.version_id, p_version_id), t.token_number
    from interlock.tokens t
    join interlock.executions e on e.id = t.execution_id
    where t.execution_id = p_old and t.from_assignment_id <> all (p_dropped) and (t.from_assignment_id <> all (p_again));

    insert into interlock.assignments (execution_id, id, version_id, node_no, visit, attempt, visits_since_wait, status, is_indexed, ordered, queue, requires,
        due_at, wait_for,
        assigned_to, previous_assignment_id, parent_assignment_id, ports, output, source_execution_id, source_id, error, late_for, lock_key,
        change_number, created_at, started_at, ended_at)
    select p_new, a.id, p_version_id, n.node_no, a.visit, case when s.status = 'pending' and not s.anew then a.attempt else 1 end,
           case when s.anew then 1 else a.visits_since_wait end, s.status,
           n.is_indexed, n.ordered,
           case when s.status = 'holding' or s.status = 'pending' and n.needs_worker or s.was_queued and not s.anew then n.queue when n.by_cron then '' end,
           case when n.needs_worker then n.requires end,
           case s.status when 'pending' then case when s.anew then p_now else greatest(p_now, coalesce(nullif(s.due_at, 'infinity'), p_now)) end
                         when 'waiting' then s.due_at end,
           case when s.status = 'waiting' then s.wait_for end,
           a.assigned_to, a.previous_assignment_id, a.parent_assignment_id,
           case when s.is_kept or s.status = 'waiting' then a.ports end,
           case when s.status = 'waiting' then a.output end,
           case when s.is_kept and (a.output is not null or a.source_id is not null) or s.status = 'waiting' and a.source_id is not null
               then coalesce(a.source_execution_id, p_old) end,
           case when s.is_kept or s.status = 'waiting' then case when a.output is not null and s.is_kept then a.id else a.source_id end end,
           case when s.is_kept or not s.anew and s.status = 'pending' and a.attempt > 1 then a.error
                when s.status = 'waiting' then nullif(a.error -> 'error', 'null') end,
           interlock.marks_in_version(a.late_for, a.version_id, p_version_id),
           case when s.status in ('pending', 'waiting') then a.lock_key end,
           nextval('interlock.change_numbers'), a.created_at,
           case when s.is_kept or s.status = 'waiting' then a.started_at end,
           case when s.is_kept then a.ended_at end
    from (
        select o.*,
               case
                   when o.id = any (p_again) then case
                       when o.error ->> 'code' = 'join_unfilled' and o.worker_id is null or o.status = 'cancelled' and o.error ->> 'was' = 'holding' then 'holding'
                       else 'pending' end
                   when o.id = any (p_dropped) then 'holding'
                   when o.status = 'cancelled' and o.error ->> 'code' = 'execution_ended'
                       then case when o.error ->> 'was' = 'running' or o.lock_key is not null and coalesce(o.error ->> 'wait_for', 'time') not in ('order', 'turn') then 'pending' else o.error ->> 'was' end
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
               a.status = 'cancelled' and a.queue <> '' as was_queued
    ) s
    where a.id <> all (p_dropped) or exists (
        select from interlock.tokens t
        where t.execution_id = p_new and t.join_node = n.node_no and t.visit = a.visit and not t.late
    ) and n.join_kind <> 'each';

    update interlock.assignments a set late_for = interlock.standing_marks(p_new, a.late_for) where a.execution_id = p_new and a.late_for is not null;
    update interlock.tokens t set late_for = interlock.standing_marks(p_new, t.late_for) where t.execution_id = p_new and t.late_for is not null;

    insert into interlock.context_changes (execution_id, revision, assignment_id, patch)
    select p_new, row_number() over (order by c.revision), c.assignment_id, c.patch
    from interlock.context_changes c
    where c.execution_id = p_old and c.assignment_id <> all (p_dropped) and c.assignment_id <> all (p_again);
    update interlock.executions e
    set context = c.context, context_revision = c.revision
    from (
        select coalesce(jsonb_object_agg(pair.key, pair.value order by x.revision), '{}') as context, coalesce(max(x.revision), 0) as revision
        from interlock.context_changes x
        cross join lateral jsonb_each(x.patch) pair
        where x.execution_id = p_new
    ) c
    where e.id = p_new;
end $$;

-- Finds assignments that were done when their execution ended, and therefore did not leave: nothing followed from them although a connection leads on.
-- Caller: retry. Returns them in the order in which they were done; null if there are none.
create function interlock.unsent_assignments(p_execution_id uuid, p_except uuid[]) returns uuid[] language sql stable as $$
    select pg_catalog.array_agg(a.id order by a.change_number)
    from interlock.assignments a
    where a.execution_id = p_execution_id and a.parent_assignment_id is null and a.id <> all (p_except)
        and (a.status = 'completed' or a.output is not null and (a.status = 'failed' or a.status = 'cancelled' and a.error ->> 'code' = 'cancelled'))
        and exists (
            select from interlock.connections c
            where c.version_id = a.version_id and c.from_node = a.node_no and c.type = 'MAIN'
                and c.port = any (coalesce(a.ports, '{main}')))
        and not exists (
            select from interlock.assignments b where b.execution_id = a.execution_id and b.previous_assignment_id = a.id)
        and not exists (
            select from interlock.tokens t where t.execution_id = a.execution_id and t.from_assignment_id = a.id)
$$;

-- Explains why an execution is not moving: one reason for each of its open visits, and one for the execution if it has ended or is suspended.
-- Changes nothing. Errors: IL001. p_limit: maximum number of open visits, oldest first; null: all.
-- A reason has assignment_id, node_id, status, reason, message, hint (what to do; null: nothing), until and details.
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
            'message', format('The execution %s%s', case v_execution.status when 'cancelled' then 'was cancelled' when 'timed_out' then 'has timed out'
                else 'has ' || v_execution.status end, coalesce(': ' || (v_execution.error ->> 'message'), '.')),
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
            'hint', format('To go on: interlock executions continue %s', p_execution_id), 'until', null, 'details', '{}'::jsonb))
            || coalesce(v_reasons, '[]');
    elsif v_execution.unsettled then
        v_reasons := jsonb_build_array(jsonb_build_object('assignment_id', null, 'node_id', null, 'status', v_execution.status,
            'reason', 'continues_next', 'message', 'The execution did as much as one transaction may; the next tick goes on with it.',
            'hint', null, 'until', null, 'details', '{}'::jsonb)) || coalesce(v_reasons, '[]');
    end if;
    return coalesce(v_reasons, '[]');
end $$;

-- Explains why one open visit is not moving. Caller: explain. Changes nothing.
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
        v_reason := case p_assignment.wait_for when 'turn' then 'continues_next' else 'waiting_for_' || p_assignment.wait_for end;
        v_until := case when p_assignment.wait_for <> 'turn' then p_assignment.due_at end;
        v_message := case p_assignment.wait_for
            when 'order' then 'It is done, and leaves when an earlier visit of the same node has left.'
            when 'turn' then 'It is done. The execution did as much as one transaction may, and goes on with the next tick.'
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
        select * into v_found from interlock.explain_pending(p_assignment, p_node, p_execution, p_now);
        v_reason := v_found.reason;
        v_message := v_found.message;
        v_hint := v_found.hint;
        v_until := v_found.until;
        v_details := v_found.details;
    end case;
    -- A loop in which nothing waits: max_visits ends it, later.
    if p_assignment.visits_since_wait >= 1000 then
        v_message := v_message || format(' It is visit %s of this node since something in the execution last waited.', p_assignment.visits_since_wait);
        v_hint := format('If this loop should have ended, cancel the execution: interlock executions cancel %s', p_assignment.execution_id);
    end if;
    return jsonb_build_object('assignment_id', p_assignment.id, 'node_id', p_node.node_id, 'status', p_assignment.status, 'reason', v_reason,
        'message', v_message, 'hint', v_hint, 'until', v_until,
        'details', v_details || jsonb_build_object('visit', p_assignment.visit, 'attempt', p_assignment.attempt));
end $$;

-- Explains why a visit is still pending. Caller: explain_assignment. Changes nothing.
create function interlock.explain_pending(
    p_assignment interlock.assignments, p_node interlock.nodes, p_execution interlock.executions, p_now timestamptz,
    out reason text, out message text, out hint text, out until timestamptz, out details jsonb
)
language plpgsql stable set search_path = '' as $$
declare
    v_holder record;
    v_ahead  integer;
begin
    details := '{}';
    until := case when p_assignment.due_at > p_now and p_assignment.due_at < 'infinity' then p_assignment.due_at end;
    if p_assignment.suspended then
        reason := 'suspended';
        message := format('The execution was suspended by %s at %s.', p_execution.suspended_by, p_execution.suspended_at);
        hint := format('To go on: interlock executions continue %s', p_execution.id);
    elsif p_assignment.lock_key is not null and interlock.is_lock_held(p_assignment.lock_key, p_now) then
        select * into v_holder from interlock.describe_holder(p_assignment.lock_key, p_now);
        reason := 'lock_held';
        message := format('The lock %s is held by %s.', p_assignment.lock_key, v_holder.holder);
        hint := 'Wait until it is free, or cancel the execution that holds it.';
        until := v_holder.expires_at;
        details := jsonb_build_object('lock', p_assignment.lock_key, 'holder', v_holder.holder);
    elsif p_assignment.due_at > p_now and p_assignment.due_at < 'infinity' then
        reason := 'retry_at';
        message := format('Attempt %s begins at %s, after: %s', p_assignment.attempt, p_assignment.due_at,
            coalesce(p_assignment.error ->> 'message', 'an earlier attempt failed'));
        hint := p_assignment.error ->> 'hint';
    elsif p_assignment.queue is null then
        reason := 'virtual_user';
        message := 'The next tick goes on with it.';
    elsif p_assignment.queue = '' then
        reason := 'virtual_user';
        message := 'It waits for the sweep of its virtual user, which a cron calls.';
        hint := format('Let a cron call: select interlock.workflow_%s()', coalesce(p_node.swept_by, 'route'));
    elsif not exists (
        select from interlock.workers w
        where w.status = 'alive' and w.heartbeat_at >= p_now - make_interval(secs => w.lease_seconds) and p_assignment.queue = any (w.queues))
    then
        reason := 'no_worker';
        message := format('No worker is alive for the queue %s.', p_assignment.queue);
        hint := format('Start one: interlock worker --queue %s', p_assignment.queue);
        details := jsonb_build_object('queue', p_assignment.queue);
    elsif p_assignment.requires is not null and not exists (
        select from interlock.workers w
        where w.status = 'alive' and w.heartbeat_at >= p_now - make_interval(secs => w.lease_seconds) and p_assignment.queue = any (w.queues)
            and p_assignment.requires = any (w.node_types))
    then
        reason := 'no_capable_worker';
        message := coalesce(p_assignment.error ->> 'message',
            format('No worker of the queue %s has the node type %s.', p_assignment.queue, p_assignment.requires));
        hint := coalesce(p_assignment.error ->> 'hint', 'Install the package of this node type where these workers run, and start them again.');
        details := jsonb_build_object('queue', p_assignment.queue, 'requires', p_assignment.requires);
    else
        select count(*) into v_ahead
        from (
            select from interlock.claimable_assignments b
            where b.queue = p_assignment.queue and b.due_at < p_assignment.due_at
            limit 10000
        ) b;
        details := jsonb_build_object('queue', p_assignment.queue, 'ahead', v_ahead);
        if p_assignment.loss_count >= 2 then
            reason := 'runs_alone';
            message := 'It was lost with two workers already, and waits for a worker that has nothing else to run.';
            hint := 'Look at the logs of the two workers that were lost with it.';
        else
            reason := 'queued';
            message := format('It is queued in %s behind %s others.', p_assignment.queue, v_ahead);
            hint := format('Start more workers for the queue %s if this takes too long: interlock worker --queue %s', p_assignment.queue,
                p_assignment.queue);
        end if;
    end if;
end $$;

-- Acquires a lock by hand, for a caller that needs one outside a workflow. Named by seed 002.
-- Transition: free or expired -> held. Caller: a client, over SQL. Locks: the key's row. Errors: IL013 bad_request. A repeat by the same holder renews it.
-- Returns whether the caller holds it now. timeout: seconds until it expires by itself.
create function interlock.acquire_workflow_lock(lock_key text, instance_id text, timeout integer default 300) returns boolean
language plpgsql set search_path = '' as $$
declare
    v_now  timestamptz := interlock.now();
    v_lock interlock.locks;
begin
    perform interlock.require_read_committed();
    if coalesce(timeout, 0) <= 0 or coalesce(instance_id, '') = '' then
        perform interlock.raise_error('IL013', 'A lock needs a holder, and a timeout of at least one second.');
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

-- Returns the number of a key's advisory lock. A transaction that inserts a key's row holds it, so that others need not wait to see the row.
create function interlock.advisory_key(p_key text) returns bigint language sql immutable as $$
    select pg_catalog.hashtextextended('interlock.lock ' || p_key, 0)
$$;

-- Describes in words who holds a key, and until when if that is known. Caller: explain_pending.
create function interlock.describe_holder(p_key text, p_now timestamptz, out holder text, out expires_at timestamptz)
language sql stable as $$
    select h.holder, h.expires_at
    from (
        select l.holder, l.expires_at from interlock.locks l where l.lock_key = p_key and l.holder is not null and l.expires_at > p_now
        union all
        select format('node %s of execution %s', n.node_id, a.execution_id), a.due_at
        from interlock.assignments a
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
        where a.lock_key = p_key and a.status in ('running', 'waiting') and coalesce(a.wait_for, 'time') not in ('order', 'turn')
        union all
        select format('execution %s', e.id), e.deadline_at
        from interlock.executions e where e.lock_key = p_key and e.ended_at is null and e.started_at is not null
    ) h
    limit 1
$$;

-- Returns whether an execution about this subject (seed 002: account_id) is open. Caller: a client, over SQL. Changes nothing.
create function interlock.has_active_workflow(account_id text) returns boolean language sql stable as $$
    select exists (select from interlock.executions e where e.subject = account_id and e.ended_at is null)
$$;

-- Returns whether a key is held, by hand, by a visit or by an execution. Named by seed 002. Caller: a client, over SQL. Changes nothing.
create function interlock.has_workflow_lock(lock_key text) returns boolean language sql stable as $$
    select interlock.is_lock_held(lock_key, interlock.now())
$$;

-- Returns whether a key is held: by an open visit or execution, or by hand until its timeout.
create function interlock.is_lock_held(p_key text, p_now timestamptz) returns boolean language plpgsql stable set search_path = '' as $$
begin
    return (
        select exists (select from interlock.locks l where l.lock_key = p_key and l.holder is not null and l.expires_at > p_now)
            or exists (select from interlock.assignments a where a.lock_key = p_key and a.status in ('running', 'waiting') and coalesce(a.wait_for, 'time') not in ('order', 'turn'))
            or exists (select from interlock.executions e where e.lock_key = p_key and e.ended_at is null and e.started_at is not null));
end $$;

-- Returns the lock keys of these executions and their visits.
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

-- Evaluates a lock's program for a visit or an execution and returns the key; null if it gives no value of 1 to 500 characters.
create function interlock.lock_key_of(p_program jsonb, p_input jsonb, p_context jsonb, p_subject text, p_execution_id uuid) returns text
language plpgsql stable set search_path = '' as $$
declare
    v_key text := interlock.evaluate_program(p_program, p_input, p_context, p_subject, p_execution_id) #>> '{}';
begin
    return case when length(v_key) between 1 and 500 then v_key end;
end $$;

-- Returns whether an assignment may begin under a key now. Counts the holders from what is open, under the lock of the key's row, so no lock ever leaks.
-- Caller: claim_special, claim_alone, sweep_virtual_users, retry. Locks: the key's row, skip locked: a busy key is passed over.
create function interlock.may_hold_lock(p_key text, p_execution_id uuid, p_assignment_id uuid, p_now timestamptz) returns boolean
language plpgsql set search_path = '' as $$
declare
    v_lock interlock.locks;
begin
    if not pg_try_advisory_xact_lock(interlock.advisory_key(p_key)) then
        return false;                                                     -- another transaction is inserting the key: an insert would wait for it
    end if;
    insert into interlock.locks (lock_key) values (p_key) on conflict do nothing;
    select * into v_lock from interlock.locks l where l.lock_key = p_key for update skip locked;
    if not found or v_lock.holder is not null and v_lock.expires_at > p_now then
        return false;
    end if;
    return not exists (
            select from interlock.assignments a
            where a.lock_key = p_key and a.status in ('running', 'waiting') and coalesce(a.wait_for, 'time') not in ('order', 'turn')
                and (a.execution_id, a.id) <> (p_execution_id, p_assignment_id))
        and not exists (
            select from interlock.executions e
            where e.lock_key = p_key and e.ended_at is null and e.started_at is not null and e.id <> p_execution_id);
end $$;

-- Releases a lock that was acquired by hand. Named by seed 002.
-- Transition: held -> free. Caller: a client, over SQL. Locks: the key's row. Errors: none. A repeat, or another holder's key, changes nothing: returns false.
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

-- Makes the assignment due that has waited longest for each of these keys, if the key is free now.
-- Transition: none; a pending assignment becomes due.
-- Caller:  advance, cancel, sweep_deadlines, sweep_locks, release_workflow_lock. Locks: that assignment, skip locked. Errors: none. A repeat changes nothing.
-- Returns the queues of these assignments.
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

-- Fails for good the visits that too many workers were lost with. If something raises, each visit is tried by itself, and only those that raise fail their
-- executions.
-- Transition: running -> failed, and its execution goes on by the error policy.
-- Caller:  give_up_worker, with the locks of the executions. Errors: none. Returns the queues in which something new is pending.
create function interlock.fail_doomed(p_doomed interlock.visit_id[], p_loss_count integer, p_now timestamptz) returns text[]
language plpgsql set search_path = '' as $$
declare
    v_executions uuid[] := array(select distinct d.execution_id from unnest(p_doomed) d);
    v_traits     interlock.traits := interlock.traits_of(v_executions);
    v_finished   record;
    v_queues     text[];
begin
    v_finished := interlock.finish(interlock.defer_beyond_budget(interlock.decide_failures(array(
        select row(d.execution_id, d.id, 'running', 'failed', null, null, null, null, interlock.assignment_error('worker_lost',
            format('Workers were lost %s times while they held this visit, so it is not given to another.', p_loss_count),
            'Look at the logs of the workers: this node may end their process (memory, a native library). Fix that, then retry the execution.'),
            null, null, null, null, null, null, null, null, null)::interlock.ending
        from unnest(p_doomed) d), 'failed', p_now), v_traits, p_now), false, p_now);
    return (interlock.advance(v_executions, v_finished.wave, v_traits, null, p_now)).pending_queues;
exception when others then
    if interlock.is_passing_error(sqlstate) then
        raise;
    elsif cardinality(p_doomed) = 1 then
        perform interlock.fail_broken_execution(p_doomed[1].execution_id, interlock.broken_error(sqlstate, sqlerrm), p_now);
        return null;
    end if;
    for v_row in 1 .. cardinality(p_doomed) loop
        v_queues := v_queues || interlock.fail_doomed(p_doomed[v_row:v_row], p_loss_count, p_now);
    end loop;
    return v_queues;
end $$;

-- Returns to their queues the assignments that a worker which is gone still held. With p_lost each counts as a loss, and the third loss is final.
-- Transition: running -> pending | failed.
-- Caller:  stop_worker, sweep_lost_workers. Locks: the executions of these assignments, by id. Errors: none. A repeat finds nothing.
-- Returns how many assignments the worker held.
create function interlock.give_up_worker(p_worker_id uuid, p_lost boolean, p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
declare
    v_executions uuid[];
    v_held       interlock.visit_id[];
    v_doomed     interlock.visit_id[];
    v_finished   record;
    v_queues     text[];
    c_most_losses constant integer := 3;
begin
    perform pg_advisory_xact_lock(hashtextextended(p_worker_id::text, 0));  -- waits for an exchange of this worker
    delete from interlock.exchanges x where x.worker_id = p_worker_id;
    delete from interlock.revocations r where r.worker_id = p_worker_id;
    v_executions := array(
        select a.execution_id from interlock.assignments a where a.ended_at is null and a.status = 'running' and a.worker_id = p_worker_id);
    v_executions := (interlock.lock_executions(v_executions, v_executions)).locked;
    select array_agg(row(a.execution_id, a.id)::interlock.visit_id),
           array_agg(row(a.execution_id, a.id)::interlock.visit_id) filter (where p_lost and a.loss_count + 1 >= c_most_losses)
    into v_held, v_doomed
    from interlock.assignments a
    where a.ended_at is null and a.status = 'running' and a.worker_id = p_worker_id and a.execution_id = any (v_executions);
    if v_held is null then
        return 0;
    end if;

    if p_lost then
        insert into interlock.assignment_attempts (execution_id, assignment_id, attempt, loss_count, outcome, error, worker_id, started_at, ended_at)
        select a.execution_id, a.id, a.attempt, a.loss_count, 'lost', interlock.assignment_error('worker_lost',
                   'The worker that held this visit was lost.',
                   'Look at the log of that worker: it was killed, ran out of memory, or lost the database.') || '{"retryable": true}',
               a.worker_id, a.started_at, p_now
        from unnest(v_held) h
        join interlock.assignments a on a.execution_id = h.execution_id and a.id = h.id
        on conflict do nothing;
        update interlock.workers w set statistics = w.statistics || jsonb_build_object('lost', cardinality(v_held)) where w.id = p_worker_id;
    end if;
    v_finished := interlock.finish(array(
        select row(a.execution_id, a.id, 'running', 'pending', p_worker_id, null, null, null, a.error, null, p_now, null, null, p_lost::integer, null,
            false, false, null)::interlock.ending
        from unnest(v_held) h
        join interlock.assignments a on a.execution_id = h.execution_id and a.id = h.id
        -- by both keys: the retries of an execution share the ids of its visits
        where (a.execution_id, a.id) not in (select d.execution_id, d.id from unnest(v_doomed) d)), false, p_now);
    v_queues := (v_finished.wave).pending_queues;
    if v_doomed is not null then
        v_queues := v_queues || interlock.fail_doomed(v_doomed, c_most_losses, p_now);
    end if;
    perform interlock.wake_workers(v_queues);
    return cardinality(v_held);
end $$;

-- Records that a worker is alive, with its statistics. Returns the assignments that were taken from the worker since the last heartbeat.
-- Transition: none but the time. Caller: a worker's heartbeat thread, the API. Locks: the worker's row.
-- Errors:  none: {"lost": true} if the worker was given up or is unknown.
-- A repeat is another heartbeat. If the reply with revocations is lost, exchange still refuses the results of those assignments.
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
        perform interlock.raise_error('IL010', format('No worker %s is registered.', p_worker_id), p_hint => 'Claim assignments first: the first claim registers the worker.');
    elsif v_worker.registered_by is distinct from p_registered_by then
        perform interlock.raise_error('IL031', format('The worker %s was registered by another user.', p_worker_id), p_hint => 'Choose another id for your worker.');
    end if;
    perform interlock.raise_error('IL011', format('The worker %s was given up.', p_worker_id), p_hint => 'Register under a new id.');
end $$;

-- Registers a worker process. p_details may have `node_types`: the TYPE/SUBTYPE names that it has executors for.
-- Transition: (new) worker alive. Caller: a worker, the API for a user's worker. Locks: the worker's row.
-- Errors:  IL011 worker_lost (the id was given up), IL031 not_allowed (another user's worker). A repeat with the same id refreshes it.
create function interlock.register_worker(
    p_worker_id uuid, p_name text, p_queues text[], p_lease_seconds integer, p_details jsonb default '{}', p_registered_by uuid default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now        timestamptz := interlock.now();
    v_node_types text[];
begin
    perform interlock.require_read_committed();
    v_node_types := array(select jsonb_array_elements_text(
        case when jsonb_typeof(p_details -> 'node_types') = 'array' then p_details -> 'node_types' else '[]' end));
    insert into interlock.workers as w (id, name, queues, node_types, lease_seconds, details, registered_by, registered_at, heartbeat_at)
    values (p_worker_id, p_name, p_queues, v_node_types, p_lease_seconds, coalesce(p_details, '{}') - 'node_types', p_registered_by, v_now, v_now)
    on conflict (id) do update set heartbeat_at = v_now, queues = excluded.queues, node_types = excluded.node_types, details = excluded.details, lease_seconds = excluded.lease_seconds
    where w.status = 'alive' and w.registered_by is not distinct from p_registered_by;
    if not found then
        perform interlock.refuse_worker(p_worker_id, p_registered_by);
    end if;
    insert into interlock.exchanges (worker_id) values (p_worker_id) on conflict do nothing;
    return jsonb_build_object('worker_id', p_worker_id);
end $$;

-- Stops a worker in good order. The assignments that it still holds return to their queues at once, without counting as a loss.
-- Transition: worker alive -> stopped; its assignments running -> pending.
-- Caller:  a worker, the API. Locks: the worker's row, the executions of its assignments. A repeat changes nothing.
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

-- Records that a worker is alive when it calls something else; revocations stay for the next heartbeat.
-- Transition: none but the time. Caller: the API, for a user's worker. Locks: the worker's row.
-- Errors:  IL010 worker_unknown, IL011 worker_lost, IL031 not_allowed (another user's). A repeat changes nothing more.
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

-- Tells listening workers that something new can be done, if one of them has capacity for it. The last statement of a transaction.
-- Caller: every function that leaves something pending. p_queues: the queues; an element that is null is for a virtual user.
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

-- Claims one assignment that was lost with two workers already, if this worker runs nothing else; else lets the worker finish its assignments first.
-- Transition: pending -> running.
-- Caller:  claim_assignments. Locks: the execution, the assignment and the key's row, skip locked. Errors: none. A repeat claims another one.
-- drained: the worker must claim nothing else now.
create function interlock.claim_alone(
    p_taker interlock.taker, p_busy boolean, p_now timestamptz, out claimed interlock.visit_id[], out drained boolean
)
language plpgsql set search_path = '' as $$
declare
    v_due record;
begin
    drained := false;
    select a.execution_id, a.id, a.due_at, a.lock_key into v_due
    from unnest((p_taker).queues, (p_taker).capacities) q (queue, capacity)
    join interlock.claimable_special_assignments a on a.queue = q.queue
    join interlock.executions e on e.id = a.execution_id and e.ended_at is null
    where q.capacity > 0 and a.loss_count >= 2 and a.due_at <= p_now and (a.requires is null or a.requires = any ((p_taker).node_types))
    order by a.due_at
    limit 1
    for no key update of a, e skip locked;
    if not found then
        return;
    end if;
    if p_busy or exists (
        select from interlock.assignments r where r.ended_at is null and r.status = 'running' and r.worker_id = (p_taker).worker_id)
    then
        drained := v_due.due_at <= p_now - interval '5 seconds';
        return;
    end if;
    if v_due.lock_key is not null and not interlock.may_hold_lock(v_due.lock_key, v_due.execution_id, v_due.id, p_now) then
        return;
    end if;
    claimed := array[row(v_due.execution_id, v_due.id)::interlock.visit_id];
    perform interlock.take_assignments(claimed, (p_taker).worker_id, (p_taker).request, p_now);
    update interlock.exchanges x
    set alone_execution_id = v_due.execution_id, alone_assignment_id = v_due.id
    where x.worker_id = (p_taker).worker_id;
    drained := true;
end $$;

-- Claims due assignments, oldest first, from each queue for which the worker has capacity.
-- Transition: pending -> running.
-- Caller:  exchange_all.
-- Locks:   the execution and the assignment of each, skip locked; waits for nothing.
-- p_busy: this exchange already handed the worker an assignment. p_special: something due needs a lock, an executor or has to run alone.
create function interlock.claim_assignments(
    p_taker interlock.taker, p_busy boolean, p_special boolean, p_now timestamptz, out claimed interlock.visit_id[], out open_queues text[]
)
language plpgsql set search_path = '' as $$
declare
    v_capacity integer;
    v_alone    record;
    v_found    interlock.visit_id[];
begin
    open_queues := '{}';
    if p_special then
        v_alone := interlock.claim_alone(p_taker, p_busy, p_now);
        if v_alone.drained then
            claimed := v_alone.claimed;
            return;
        end if;
    end if;
    for v_queue in 1 .. coalesce(cardinality((p_taker).queues), 0) loop
        v_capacity := (p_taker).capacities[v_queue];
        continue when v_capacity <= 0;
        v_found := interlock.claim_plain((p_taker).queues[v_queue], v_capacity, (p_taker).worker_id, (p_taker).request, p_now);
        claimed := claimed || v_found;
        v_capacity := v_capacity - coalesce(cardinality(v_found), 0);
        if v_capacity > 0 and p_special then
            v_found := interlock.claim_special((p_taker).queues[v_queue], v_capacity, (p_taker).worker_id, (p_taker).request,
                (p_taker).node_types, p_now);
            claimed := claimed || v_found;
            v_capacity := v_capacity - coalesce(cardinality(v_found), 0);
        end if;
        if v_capacity > 0 then
            open_queues := open_queues || (p_taker).queues[v_queue];
        end if;
    end loop;
end $$;

-- Claims due assignments of one queue that any of its workers can run, oldest first.
-- Transition: pending -> running.
-- Caller:  claim_assignments. Locks: the execution and the assignment of each, skip locked; waits for nothing.
create function interlock.claim_plain(p_queue text, p_capacity integer, p_worker_id uuid, p_request bigint, p_now timestamptz)
returns interlock.visit_id[]
language plpgsql set search_path = '' as $$
declare
    v_claimed interlock.visit_id[];
begin
    if exists (select from interlock.claimable_assignments a where a.queue = p_queue and a.due_at <= p_now) then
        select array_agg(row(d.execution_id, d.id)::interlock.visit_id) into v_claimed
        from (
            select a.execution_id, a.id
            from interlock.claimable_assignments a
            join interlock.executions e on e.id = a.execution_id and e.ended_at is null
            where a.queue = p_queue and a.due_at <= p_now
            order by a.due_at
            limit p_capacity
            for no key update skip locked
        ) d;
        perform interlock.take_assignments(v_claimed, p_worker_id, p_request, p_now);
    end if;
    return v_claimed;
end $$;

-- Claims due assignments of one queue that need a lock, or an executor that not every worker has. An assignment whose lock is held is passed over until the
-- lock is free.
-- Transition: pending -> running.
-- Caller:  claim_assignments. Locks: the execution, the assignment and the key's row of each, skip locked.
create function interlock.claim_special(
    p_queue text, p_capacity integer, p_worker_id uuid, p_request bigint, p_node_types text[], p_now timestamptz
) returns interlock.visit_id[]
language plpgsql set search_path = '' as $$
declare
    v_due     record;
    v_claimed interlock.visit_id[];
begin
    select array_agg(row(d.execution_id, d.id)::interlock.visit_id) into v_claimed
    from (
        select a.execution_id, a.id
        from interlock.claimable_special_assignments a
        join interlock.executions e on e.id = a.execution_id and e.ended_at is null
        where a.queue = p_queue and a.loss_count < 2 and a.due_at <= p_now and a.lock_key is null and a.requires = any (p_node_types)
        order by a.due_at
        limit p_capacity
        for no key update skip locked
    ) d;
    perform interlock.take_assignments(v_claimed, p_worker_id, p_request, p_now);
    for v_due in
        select a.execution_id, a.id, a.lock_key
        from interlock.claimable_special_assignments a
        join interlock.executions e on e.id = a.execution_id and e.ended_at is null
        where a.queue = p_queue and a.loss_count < 2 and a.due_at <= p_now and a.lock_key is not null
            and (a.requires is null or a.requires = any (p_node_types))
        order by a.due_at
        limit p_capacity - coalesce(cardinality(v_claimed), 0)
        for no key update skip locked
    loop
        if interlock.may_hold_lock(v_due.lock_key, v_due.execution_id, v_due.id, p_now) then
            -- at once, so that the next one sees it held
            perform interlock.take_assignments(array[row(v_due.execution_id, v_due.id)::interlock.visit_id], p_worker_id, p_request, p_now);
            v_claimed := v_claimed || row(v_due.execution_id, v_due.id)::interlock.visit_id;
        else
            update interlock.assignments a set due_at = 'infinity' where a.execution_id = v_due.execution_id and a.id = v_due.id;
        end if;
    end loop;
    return v_claimed;
end $$;

-- Returns when a wait that a worker reports ends: after a number of seconds, or at a time. If the wait names neither: now for a wait for time, else never.
create function interlock.due_after_wait(p_wait jsonb, p_now timestamptz) returns timestamptz language plpgsql stable set search_path = '' as $$
begin
    return case
        when jsonb_typeof(p_wait -> 'seconds') = 'number' then p_now + make_interval(secs => (p_wait ->> 'seconds')::double precision)
        else coalesce(interlock.time_or_null(p_wait ->> 'until'), case when coalesce(p_wait ->> 'for', 'time') = 'time' then p_now end) end;
end $$;

-- Takes a worker's results and claims due assignments for it, in one round trip.
-- Transition: running -> completed | failed | waiting | pending, and their executions go on; pending -> running for claimed assignments.
-- Caller:  a worker, the API. A repeat with the same request number returns the same and changes nothing.
-- Locks:   an advisory transaction lock on the worker's id; the executions of the results, by id, skip locked (a third try waits); claimed rows, skip locked.
-- Errors:  IL010 worker_unknown, IL011 worker_lost, IL012 request_out_of_order, IL013 bad_request, IL091.
-- Answers, one per result: ok, repeated, busy (send again), IL001 assignment_not_found, IL002 assignment_lost,
--          IL004 result_malformed, IL099 internal_error (its execution could not be moved, and has failed).
-- p_limits: how many the worker can take now from each queue. 8 MiB of compact JSON are at most 12 MiB here, where it is printed with blanks.
create function interlock.exchange(p_worker_id uuid, p_request bigint, p_results jsonb, p_queues text[], p_limits integer[]) returns json
language plpgsql set search_path = '' as $$
declare
    v_now      timestamptz := interlock.now();
    v_exchange interlock.exchanges;
    v_worker   record;
    v_outcome  interlock.exchange_outcome;
begin
    perform interlock.require_read_committed();
    if jsonb_typeof(p_results) is distinct from 'array' then
        perform interlock.raise_error('IL013', 'The results must be an array.');
    elsif jsonb_array_length(p_results) > 1000 or pg_column_size(p_results) > 8388608 and octet_length(p_results::text) > 12582912 then
        perform interlock.raise_error('IL013', 'One exchange takes at most 1000 results, of 8 MiB of JSON text together.', p_hint => 'Split them over several exchanges.');
    elsif p_request is null then
        perform interlock.raise_error('IL013', 'An exchange needs the number of its request.');
    end if;
    if cardinality(p_queues) is distinct from cardinality(p_limits) or 0 > any (p_limits) or array_position(p_limits, null) is not null
            or '' = any (p_queues) then
        perform interlock.raise_error('IL013', 'Each queue needs a name and a limit of 0 or more.');
    end if;
    perform pg_advisory_xact_lock(hashtextextended(p_worker_id::text, 0));  -- no row lock: an idle exchange writes nothing
    select * into v_exchange from interlock.exchanges x where x.worker_id = p_worker_id;
    select w.status, w.node_types into v_worker from interlock.workers w where w.id = p_worker_id;
    if v_worker.status is null then
        perform interlock.raise_error('IL010', format('No worker %s is registered.', p_worker_id), p_hint => 'Call register_worker first.');
    elsif v_worker.status <> 'alive' then
        perform interlock.raise_error('IL011', format('The worker %s was given up (%s).', p_worker_id, v_worker.status),
            p_hint => 'Drop its work and register under a new id.');
    elsif p_request < v_exchange.last_request then
        perform interlock.raise_error('IL012', format('Request %s came after request %s.', p_request, v_exchange.last_request));
    elsif p_request = v_exchange.last_request then
        return interlock.reply_of(v_exchange.answers, jsonb_array_length(p_results), p_worker_id, p_request, p_queues, v_now);
    end if;

    begin
        v_outcome := interlock.exchange_all(p_worker_id, p_request, p_results, p_queues, p_limits, v_worker.node_types, v_exchange.handed_count,
            v_exchange.alone_assignment_id is not null, v_now);
    exception when others then
        if interlock.is_passing_error(sqlstate) then
            raise;
        end if;
        raise warning 'interlock.exchange: % (%), now one result at a time', sqlerrm, sqlstate;
        v_outcome := interlock.exchange_one_by_one(p_worker_id, p_request, p_results, p_queues, p_limits, v_worker.node_types, v_exchange.handed_count,
            v_exchange.alone_assignment_id is not null, v_now);
    end;

    if jsonb_array_length(p_results) > 0 or v_outcome.claimed is not null
            or v_exchange.queues is distinct from v_outcome.open_queues then
        update interlock.exchanges x
        set last_request = p_request, answers = v_outcome.answers, queues = v_outcome.open_queues, handed_count = v_outcome.handed_count
        where x.worker_id = p_worker_id;
    end if;
    perform interlock.wake_workers(v_outcome.pending_queues, p_worker_id);
    return interlock.reply(v_outcome.answers, jsonb_array_length(p_results), v_outcome.claimed,
        case when v_outcome.claimed is null then p_queues end, v_now);
end $$;

-- Does the work of exchange for all results together.
-- Transition: see record_results, advance and claim_assignments.
-- Caller:  exchange, exchange_one_by_one. Locks: the executions of the results, by id, skip locked. Errors: none of its own.
-- p_alone: the worker was given an assignment to run alone, and may still run it.
create function interlock.exchange_all(
    p_worker_id uuid, p_request bigint, p_results jsonb, p_queues text[], p_limits integer[], p_node_types text[], p_handed_count integer,
    p_alone boolean, p_now timestamptz
) returns interlock.exchange_outcome
language plpgsql set search_path = '' as $$
declare
    v_outcome    interlock.exchange_outcome;
    v_results    interlock.ending[];
    v_executions uuid[];
    v_locked     record;
    v_traits     interlock.traits;
    v_recorded   record;
    v_progress   interlock.progress;
    v_claim      record;
    v_special    boolean := interlock.has_special_work(p_queues, p_now);
    -- after 5000 handed-over assignments, the oldest due one comes first
    v_hands_over boolean := not (p_handed_count >= 5000
        or p_alone and interlock.works_alone(p_worker_id) or v_special and interlock.has_lonely_work(p_queues, p_node_types, p_now));
begin
    v_progress.capacities := p_limits;
    if jsonb_array_length(p_results) > 0 then
        v_results := interlock.parse_results(p_results, p_worker_id, p_now);
        v_executions := array(select distinct r.execution_id from unnest(v_results) r where r.execution_id is not null);
        v_locked := interlock.lock_executions(v_executions, array(select r.execution_id from unnest(v_results) r where r.tries >= 3));
        v_traits := interlock.traits_of_versions(v_locked.versions);
        v_recorded := interlock.record_results(p_worker_id, v_results, v_locked.locked, cardinality(v_locked.locked) = cardinality(v_executions),
            v_traits, p_now);
        v_outcome.answers := v_recorded.answers;
        v_progress := interlock.advance(v_locked.locked, v_recorded.wave, v_traits,
            row(p_worker_id, p_request, p_queues, case when v_hands_over then p_limits else array_fill(0, array[cardinality(p_limits)]) end,
                p_node_types)::interlock.taker, p_now);
        if not v_hands_over then
            v_progress.capacities := p_limits;
        end if;
        v_outcome.pending_queues := v_progress.pending_queues;
    end if;

    v_outcome.claimed := (select array_agg(row(h.execution_id, h.id)::interlock.visit_id) from unnest(v_progress.handed) h);
    v_outcome.handed_count := p_handed_count + coalesce(cardinality(v_progress.handed), 0);
    if p_alone and interlock.works_alone(p_worker_id) then
        v_outcome.open_queues := '{}';
        return v_outcome;
    end if;
    v_claim := interlock.claim_assignments(
        row(p_worker_id, p_request, p_queues, v_progress.capacities, p_node_types)::interlock.taker, v_outcome.claimed is not null,
        v_special or v_progress.pending_queues is not null and interlock.has_special_work(p_queues, p_now), p_now);
    if v_claim.claimed is not null then
        v_outcome.claimed := v_outcome.claimed || v_claim.claimed;
        v_outcome.handed_count := 0;
    end if;
    v_outcome.open_queues := v_claim.open_queues;
    return v_outcome;
end $$;

-- Does the work of exchange if something in the batch raised: each result in a step of its own, so that one that raises fails its execution and no other.
-- Transition: as exchange. Caller: exchange. Locks: as exchange. Errors: those of the moment (is_passing_error).
create function interlock.exchange_one_by_one(
    p_worker_id uuid, p_request bigint, p_results jsonb, p_queues text[], p_limits integer[], p_node_types text[], p_handed_count integer,
    p_alone boolean, p_now timestamptz
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
            v_step := interlock.exchange_all(p_worker_id, p_request, jsonb_build_array(v_result), p_queues, v_nobody, p_node_types, 0, p_alone, p_now);
            v_outcome.answers := v_outcome.answers || coalesce(v_step.answers, '{ok}');
            v_outcome.pending_queues := v_outcome.pending_queues || v_step.pending_queues;
        exception when others then
            if interlock.is_passing_error(sqlstate) then
                raise;
            end if;
            v_outcome.answers := v_outcome.answers || interlock.fail_broken_execution(
                interlock.uuid_or_null(v_result ->> 'execution_id'), interlock.broken_error(sqlstate, sqlerrm), p_now);
        end;
    end loop;
    begin
        v_step := interlock.exchange_all(p_worker_id, p_request, '[]', p_queues, p_limits, p_node_types, p_handed_count, p_alone, p_now);
        v_outcome.claimed := v_step.claimed;
        v_outcome.open_queues := v_step.open_queues;
        v_outcome.handed_count := v_step.handed_count;
    exception when others then
        if interlock.is_passing_error(sqlstate) then
            raise;
        end if;
        v_outcome.open_queues := p_queues;
        v_outcome.handed_count := p_handed_count;
        raise warning 'interlock.exchange: claiming raised % (%)', sqlerrm, sqlstate;
    end;
    return v_outcome;
end $$;

-- Returns whether something that has to run alone has been due for five seconds: then workers finish their assignments before they claim anything else.
create function interlock.has_lonely_work(p_queues text[], p_node_types text[], p_now timestamptz) returns boolean language plpgsql stable set search_path = '' as $$
begin
    return (
        select exists (
            select from pg_catalog.unnest(p_queues) q (queue)
            join interlock.claimable_special_assignments a on a.queue = q.queue
            where a.loss_count >= 2 and (a.requires is null or a.requires = any (p_node_types)) and a.due_at <= p_now - interval '5 seconds'));
end $$;

-- Returns whether something due in these queues needs a lock, needs an executor that not every worker has, or has to run alone. Mostly nothing does, and
-- then no further search is needed.
create function interlock.has_special_work(p_queues text[], p_now timestamptz) returns boolean language plpgsql stable set search_path = '' as $$
begin
    return exists (select from interlock.claimable_special_assignments a where a.queue = any (p_queues) and a.due_at <= p_now);
end $$;

-- Returns whether an error may be gone when the whole call is tried again: errors of connections, locks, resources and shutdown.
create function interlock.is_passing_error(p_sqlstate text) returns boolean language sql immutable as $$
    select pg_catalog.left(p_sqlstate, 2) in ('08', '40', '53', '55', '57', '58')
$$;

-- Returns whether the `wait` of a worker's result has the right form: nothing, or an object with a sensible delay, for something that a result may wait for
-- (see wait_kinds). Changes nothing.
create function interlock.is_wait(p_wait jsonb) returns boolean language plpgsql stable set search_path = '' as $$
begin
    return p_wait is null or jsonb_typeof(p_wait) = 'null' or jsonb_typeof(p_wait) = 'object'
        and exists (select from interlock.wait_kinds k where k.wait_for = coalesce(p_wait ->> 'for', 'time') and k.by_result)
        and case jsonb_typeof(p_wait -> 'seconds')
            when 'number' then (p_wait ->> 'seconds')::numeric between -3153600000 and 3153600000
            when 'null' then true
            else p_wait -> 'seconds' is null end;
end $$;

-- Returns the answer to each result of an exchange in which some were not written. Changes nothing.
-- Caller: record_results, after writing. p_written: the positions of the results that were written.
-- No exists(): PostgreSQL may plan it as a hash of the whole table.
create function interlock.judge_results(p_worker_id uuid, p_results interlock.ending[], p_locked uuid[], p_written bigint[]) returns text[]
language plpgsql stable set search_path = '' as $$
begin
    return (
        select array_agg(case
            when r.ord = any (p_written) then 'ok'
            when r.outcome is null then 'IL004'
            when e.id is null or a.id is null and (e.ended_at is not null or e.id = any (p_locked)) then 'IL001'
            when e.ended_at is null and not e.id = any (p_locked) then 'busy'
            -- this worker reported this attempt before, and that result was written
            when a.worker_id = p_worker_id and a.attempt = r.attempt and a.status not in ('running', 'cancelled') and not coalesce(a.error ? 'was', false) and (
                select true from interlock.assignment_attempts t
                where t.execution_id = a.execution_id and t.assignment_id = a.id and t.attempt = a.attempt and t.outcome = 'timed_out'
                limit 1) is null
            then 'repeated'
            when (
                select true from interlock.assignment_attempts t
                where t.execution_id = a.execution_id and t.assignment_id = a.id and t.attempt = r.attempt and t.outcome = 'failed'
                    and t.worker_id = p_worker_id and r.outcome = 'failed'
                limit 1)
            then 'repeated'
            else 'IL002' end order by r.ord)
        from unnest(p_results) with ordinality r (execution_id, id, was, outcome, worker_id, attempt, output, ports, error, context, due_at, wait_for,
            retries, losses, requires, leaves, ends_execution, tries, ord)
        left join interlock.executions e on e.id = r.execution_id
        left join interlock.assignments a on a.execution_id = r.execution_id and a.id = r.id);
end $$;

-- Returns the number of seconds until something is due that a worker of these queues can claim or that a tick would move; null: nothing is known to come.
create function interlock.next_due_seconds(p_queues text[], p_now timestamptz) returns double precision
language plpgsql stable set search_path = '' as $$
begin
    return least(
        interlock.next_tick_seconds(p_now),
        (select case when q.due_at <= p_now then 0 else extract(epoch from q.due_at - p_now)::double precision end
         from (
             select min(first.due_at) as due_at
             from pg_catalog.unnest(p_queues) u (queue)
             cross join lateral (
                 select a.due_at from interlock.claimable_assignments a
                 where a.queue = u.queue and a.due_at < 'infinity'
                 order by a.due_at limit 1
             ) first
         ) q));
end $$;

-- Turns the results that a worker sent into endings, in order. A result that does not have the right form gets no outcome, and does not affect the others.
-- Caller: exchange_all. Changes nothing.
create function interlock.parse_results(p_results jsonb, p_worker_id uuid, p_now timestamptz) returns interlock.ending[]
language plpgsql stable set search_path = '' as $$
declare
    v_all interlock.ending[];
    v_one jsonb;
begin
    begin
        select array_agg(row(r.execution_id, r.assignment_id, 'running',
                   -- the outcome; none where the result does not have the right form
                   case
                       when r.execution_id is null or r.assignment_id is null or r.attempt is null or interlock.is_too_deep(r.output) or interlock.is_too_deep(r.context)
                           or interlock.is_too_deep(r.error) then null
                       when r.outcome = 'released' then 'pending'
                       when r.outcome in ('completed', 'failed', 'broken') or r.outcome = 'waiting' and interlock.is_wait(r.wait) then r.outcome end,
                   p_worker_id, r.attempt,
                   case
                       when r.outcome not in ('completed', 'waiting') then null
                       when jsonb_typeof(r.output) = 'object' then r.output
                       when r.output is null then case when r.outcome = 'completed' then '{}'::jsonb end
                       else jsonb_build_object('value', r.output) end,
                   case when r.outcome not in ('completed', 'waiting') then null else case jsonb_typeof(r.port)
                       when 'array' then array(select jsonb_array_elements_text(r.port))
                       when 'string' then nullif(array[r.port #>> '{}'], '{main}') end end,
                   case when r.outcome in ('failed', 'released', 'broken') then
                       -- these keys say what a cancelled visit was
                       case when jsonb_typeof(r.error) = 'object' then r.error - '{was,due_at,wait_for,error}'::text[] else r.error end end,
                   case when r.outcome = 'completed' then r.context end,
                   case r.outcome when 'released' then p_now when 'waiting' then interlock.due_after_wait(r.wait, p_now) end,
                   case r.outcome when 'waiting' then coalesce(r.wait ->> 'for', 'time') end,
                   null, null, r.requires, r.outcome = 'completed', false, r.tries)::interlock.ending)
        into v_all
        from jsonb_to_recordset(p_results) r (execution_id uuid, assignment_id uuid, attempt integer, outcome text, output jsonb, port jsonb,
            error jsonb, wait jsonb, context jsonb, tries integer, requires text);
        return v_all;
    exception when data_exception then
        if jsonb_array_length(p_results) = 1 then
            return array[null::interlock.ending];
        end if;
    end;
    for v_one in select jsonb_array_elements(p_results) loop
        v_all := v_all || interlock.parse_results(jsonb_build_array(v_one), p_worker_id, p_now);
    end loop;
    return v_all;
end $$;

-- Writes the results that a worker reports, each independently of the others.
-- Transition: running -> completed | failed | waiting | pending.
-- Caller:  exchange_all, which has locked p_locked. Errors: none of its own.
-- Answers: ok, repeated, busy (send again), IL001 assignment_not_found, IL002 assignment_lost, IL004 result_malformed, IL099 (its execution failed).
--          Null: all ok. A repeat finds the visit finished by the same worker and attempt, and returns repeated.
create function interlock.record_results(
    p_worker_id uuid, p_results interlock.ending[], p_locked uuid[], p_all_locked boolean, p_traits interlock.traits, p_now timestamptz,
    out answers text[], out wave interlock.wave
)
language plpgsql set search_path = '' as $$
declare
    v_plain    boolean;                                                    -- every result is a plain one
    v_endings  interlock.ending[] := p_results;
    v_places   bigint[];                                                   -- of v_endings in p_results
    v_finished record;
    v_broken   record;
    v_failed   integer[];                                                  -- places of results that ended their execution, with their answers
    v_answers  text[];
    v_ended    uuid[] := '{}';
begin
    select bool_and(coalesce(r.outcome in ('completed', 'waiting', 'pending'), false) and r.context is null) into v_plain from unnest(p_results) r;
    if p_all_locked and v_plain then
        v_finished := interlock.finish(interlock.defer_beyond_budget(p_results, p_traits, p_now), false, p_now);
        wave := v_finished.wave;
        if cardinality(v_finished.written) = cardinality(p_results) then
            return;
        end if;
        answers := interlock.judge_results(p_worker_id, p_results, p_locked, v_finished.written);
        return;
    end if;

    -- what takes too long ends its execution first; other results for that execution are refused
    for v_broken in
        select r.ord::integer as ord, r.execution_id, r.error
        from unnest(p_results) with ordinality r (execution_id, id, was, outcome, worker_id, attempt, output, ports, error, context, due_at, wait_for,
            retries, losses, requires, leaves, ends_execution, tries, ord)
        join interlock.assignments a on a.execution_id = r.execution_id and a.id = r.id and a.status = any (array['running'])
            and a.worker_id = p_worker_id and a.attempt = r.attempt
        where r.outcome = 'broken' and r.execution_id = any (p_locked)
    loop
        v_failed := v_failed || v_broken.ord;
        v_answers := v_answers || interlock.fail_broken_execution(v_broken.execution_id, coalesce(v_broken.error, '{}'), p_now);
        v_ended := v_ended || v_broken.execution_id;
    end loop;
    select array_agg(x.ending order by x.ord), array_agg(x.ord order by x.ord) into v_endings, v_places
    from (
        select r.ord, row_number() over (partition by r.execution_id, r.id, r.attempt order by r.outcome = 'failed', r.ord) as nth,
               interlock.refuse_change(row(r.execution_id, r.id, r.was, r.outcome, r.worker_id, r.attempt, r.output, r.ports, r.error, r.context,
                   r.due_at, r.wait_for, r.retries, r.losses, r.requires, r.leaves, r.ends_execution, r.tries)::interlock.ending) as ending
        from unnest(p_results) with ordinality r (execution_id, id, was, outcome, worker_id, attempt, output, ports, error, context, due_at, wait_for,
            retries, losses, requires, leaves, ends_execution, tries, ord)
        where r.outcome in ('completed', 'waiting', 'pending', 'failed') and r.execution_id = any (p_locked)
            and r.execution_id <> all (v_ended)
    ) x
    where x.nth = 1;                                                      -- of several results for one attempt, one
    if v_endings is not null then
        v_endings := interlock.replace_failures(v_endings, 'failed', p_now);
        v_finished := interlock.finish(interlock.defer_beyond_budget(v_endings, p_traits, p_now), false, p_now);
        wave := v_finished.wave;
        v_places := array(select v_places[w] from unnest(v_finished.written) w);
    end if;
    answers := interlock.judge_results(p_worker_id, p_results, p_locked, coalesce(v_places, '{}'));
    for v_place in 1 .. coalesce(cardinality(v_failed), 0) loop
        answers[v_failed[v_place]] := v_answers[v_place];
    end loop;
    if (select bool_and(answer = 'ok') from unnest(answers) answer) then
        answers := null;
    end if;
end $$;

-- Builds the reply to a worker: the answers to its results, and the assignments that it has to run, each with everything that its executor needs.
-- Caller: exchange, reply_of. Changes nothing.
create function interlock.reply(
    p_answers text[], p_result_count integer, p_claimed interlock.visit_id[], p_queues text[], p_now timestamptz
) returns json
language plpgsql set search_path = '' as $$
declare
    v_assignments json;
    c_running     constant text := 'running';                             -- not a literal, which would let the planner scan a partial index
begin
    if p_claimed is not null then
        select json_agg(json_build_object(
            'execution_id', a.execution_id, 'assignment_id', a.id, 'version_id', a.version_id, 'node_no', a.node_no, 'visit', a.visit,
            'attempt', a.attempt, 'loss_count', a.loss_count, 'deadline_at', a.due_at, 'subject', e.subject,
            'idempotency_key', coalesce(e.root_id, e.id) || ':' || n.node_id || ':' || a.visit,
            'input', case
                when n.join_kind <> 'each' then (select m.input from interlock.merged_inputs(a.execution_id, a.node_no, a.visit) m)
                when p.id is null then e.input
                when p.output is not null then p.output
                else interlock.output_of(p.execution_id, p.id) end,
            'context', case when n.uses_context or n.needs is null then e.context else '{}' end,
            'nodes', case when n.needs <> '{}' or n.needs is null then interlock.node_outputs(a.execution_id, a.version_id, n.needs) else '{}' end,
            'execution', json_build_object('id', e.id, 'started_at', e.started_at, 'trace_parent', e.trace_parent))
            order by f.ord)
        into v_assignments
        from unnest(p_claimed) with ordinality f (execution_id, id, ord)
        join interlock.assignments a on a.execution_id = f.execution_id and a.id = f.id and a.status = c_running
        join interlock.executions e on e.id = f.execution_id
        cross join lateral (select x.* from interlock.nodes x where x.version_id = a.version_id and x.node_no = a.node_no offset 0) n
        left join interlock.assignments p on p.execution_id = a.execution_id and p.id = a.previous_assignment_id;
    end if;
    return json_build_object(
        'answers', coalesce(p_answers, array_fill('ok'::text, array[p_result_count])),
        'assignments', coalesce(v_assignments, '[]'),
        'next_due_seconds', case when p_queues is not null then interlock.next_due_seconds(p_queues, p_now) end);
end $$;

-- Builds the reply to a repeated request: the same as the first time, with those of its assignments that the worker still holds.
create function interlock.reply_of(p_answers text[], p_result_count integer, p_worker_id uuid, p_request bigint, p_queues text[], p_now timestamptz) returns json
language plpgsql set search_path = '' as $$
declare
    v_claimed interlock.visit_id[];
begin
    select array_agg(row(a.execution_id, a.id)::interlock.visit_id order by a.change_number) into v_claimed
    from interlock.assignments a
    where a.ended_at is null and a.status = 'running' and a.worker_id = p_worker_id and a.claim_request = p_request;
    return interlock.reply(p_answers, p_result_count, v_claimed, p_queues, p_now);
end $$;

-- Hands claimed assignments to a worker.
-- Transition: pending -> running. Caller: claim_plain, claim_special, claim_alone; with the locks of the rows.
create function interlock.take_assignments(p_claimed interlock.visit_id[], p_worker_id uuid, p_request bigint, p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
begin
    update interlock.assignments a
    set status = 'running', worker_id = p_worker_id, claim_request = p_request, started_at = p_now,
        due_at = p_now + make_interval(secs => (
            select n.timeout_seconds from interlock.nodes n where n.version_id = a.version_id and n.node_no = a.node_no)),
        change_number = nextval('interlock.change_numbers')
    from unnest(p_claimed) c
    where a.execution_id = c.execution_id and a.id = c.id;
end $$;

-- Reads a time that came from outside; null if it is not one.
create function interlock.time_or_null(p_text text) returns timestamptz language plpgsql stable set search_path = '' as $$
begin
    return p_text::timestamptz;
exception when data_exception then
    return null;
end $$;

-- Reads an id that came from outside; null if it is not one.
create function interlock.uuid_or_null(p_text text) returns uuid language plpgsql immutable set search_path = '' as $$
begin
    return p_text::uuid;
exception when data_exception then
    return null;
end $$;

-- Returns whether a worker runs an assignment that was lost twice before. It runs alone, to find the visit that ends workers and to clear the others.
create function interlock.works_alone(p_worker_id uuid) returns boolean language plpgsql stable set search_path = '' as $$
begin
    return (
        select exists (
            select from interlock.exchanges x
            join interlock.assignments a on a.execution_id = x.alone_execution_id and a.id = x.alone_assignment_id
            where x.worker_id = p_worker_id and a.status = 'running' and a.worker_id = p_worker_id));
end $$;

-- Begins pending visits of virtual users, and advances their executions. If something raises, each visit is tried by itself, and only those that raise
-- fail their executions.
-- Transition: pending -> waiting | completed | failed | pending (a worker's).
-- Caller:  sweep_virtual_users, with the locks of the executions. Errors: none of its own. A repeat leaves visits alone that have begun.
create function interlock.begin_virtual(p_visits interlock.opening[], p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
declare
    v_executions uuid[] := array(select distinct o.execution_id from unnest(p_visits) o);
    v_traits     interlock.traits;
    v_wave       interlock.wave;
    v_progress   interlock.progress;
begin
    if coalesce(cardinality(p_visits), 0) = 0 then
        return;
    end if;
    begin
        v_traits := interlock.traits_of(v_executions);
        v_wave := interlock.begin_standing(p_visits, v_traits.budget, null, p_now);
        v_progress := interlock.advance(v_executions, v_wave, v_traits, null, p_now);
        perform interlock.wake_workers(v_progress.pending_queues);
    exception when others then
        if interlock.is_passing_error(sqlstate) then
            raise;
        elsif cardinality(p_visits) = 1 then
            perform interlock.fail_broken_execution(p_visits[1].execution_id, interlock.broken_error(sqlstate, sqlerrm), p_now);
        else
            for v_row in 1 .. cardinality(p_visits) loop
                perform interlock.begin_virtual(p_visits[v_row:v_row], p_now);
            end loop;
        end if;
    end;
end $$;

-- Locks due visits that workflows in cron mode left for one sweep (start or route), oldest first, and returns them. Caller: sweep_virtual_users.
-- Locks: the executions and the assignments, skip locked.
create function interlock.lock_due_for_cron(p_sweep text, p_limit integer, p_now timestamptz) returns interlock.opening[]
language plpgsql set search_path = '' as $$
begin
    return (
        select array_agg(row(d.execution_id, d.id, d.version_id, d.node_no, null, null, null, null, false)::interlock.opening)
        from (
            select a.execution_id, a.id, a.version_id, a.node_no
            from interlock.claimable_assignments a
            join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no and n.swept_by = p_sweep
            join interlock.executions e on e.id = a.execution_id and e.ended_at is null
            where a.queue = '' and a.due_at <= p_now
            order by a.due_at
            limit p_limit
            for no key update of a, e skip locked
        ) d
    ) || (
        select array_agg(row(d.execution_id, d.id, d.version_id, d.node_no, null, null, null, null, false)::interlock.opening)
        from (
            select a.execution_id, a.id, a.version_id, a.node_no
            from interlock.claimable_special_assignments a
            join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no and n.swept_by = p_sweep
            join interlock.executions e on e.id = a.execution_id and e.ended_at is null
            where a.queue = '' and a.due_at <= p_now
            order by a.due_at
            limit p_limit
            for no key update of a, e skip locked
        ) d);
end $$;

-- Locks the executions that have due visits which were left pending for a virtual user, oldest first, and returns these visits. All that are due in one
-- execution begin together, as they would have in the transaction that left them. Caller: sweep_virtual_users.
-- Locks: the executions and the assignments, skip locked. p_limit: maximum number of visits that executions are found by; at most 10,000 are returned.
create function interlock.lock_due_virtual(p_limit integer, p_now timestamptz) returns interlock.opening[]
language plpgsql set search_path = '' as $$
declare
    v_executions uuid[];
begin
    v_executions := array(
        select d.execution_id
        from (
            select t.execution_id
            from interlock.virtual_user_timers t
            join interlock.executions e on e.id = t.execution_id and e.ended_at is null
            where t.due_at <= p_now
            order by t.due_at
            limit p_limit
            for no key update of t, e skip locked
        ) d
        group by d.execution_id);
    return (
        select array_agg(row(d.execution_id, d.id, d.version_id, d.node_no, null, null, null, null, false)::interlock.opening
                   order by d.due_at, d.change_number)
        from (
            select a.execution_id, a.id, a.version_id, a.node_no, a.due_at, a.change_number
            from unnest(v_executions) x (id)
            cross join lateral (
                select o.* from interlock.assignments o where o.execution_id = x.id and o.ended_at is null offset 0
            ) a
            where a.status = 'pending' and not a.suspended and a.queue is null and a.due_at <= p_now
            order by a.due_at, a.change_number
            limit 10000
        ) d);
end $$;

-- Begins visits that were left pending for a virtual user: those left over by a transaction, those that waited for a lock or were suspended, and, if
-- p_sweep is given, those that workflows in cron mode leave for that sweep.
-- Transition: pending -> waiting | completed | failed | pending (a worker's).
-- Caller:  tick; workflow_start, workflow_route. Errors: none of its own. A repeat begins the rest.
-- Locks:   the executions and assignments, skip locked. Returns how many visits began.
create function interlock.sweep_virtual_users(p_sweep text, p_limit integer, p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
declare
    v_due    record;
    v_locked interlock.opening[];
    v_visits interlock.opening[];
    v_count  integer := 0;
begin
    v_locked := case when p_sweep is null then interlock.lock_due_virtual(p_limit, p_now) else interlock.lock_due_for_cron(p_sweep, p_limit, p_now) end;
    for v_due in
        select row(o.execution_id, o.id, o.version_id, o.node_no, null, null, null, null, false)::interlock.opening as visit, o.execution_id, o.id, a.lock_key, n.starts_execution
        from unnest(v_locked) with ordinality
            o (execution_id, id, version_id, node_no, from_id, source_execution_id, source_id, late_for, is_unfilled, ord)
        join interlock.assignments a on a.execution_id = o.execution_id and a.id = o.id
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
        order by o.ord
    loop
        if v_due.lock_key is not null and not interlock.may_hold_lock(v_due.lock_key, v_due.execution_id, v_due.id, p_now) then
            update interlock.assignments a set due_at = 'infinity' where a.execution_id = v_due.execution_id and a.id = v_due.id;
            continue;
        end if;
        if v_due.starts_execution then
            update interlock.executions e set started_at = p_now where e.id = v_due.execution_id and e.started_at is null;
        end if;
        v_count := v_count + 1;
        if v_due.lock_key is not null then
            perform interlock.begin_virtual(array[v_due.visit], p_now);   -- so that the next one sees it held
        else
            v_visits := v_visits || v_due.visit;
        end if;
    end loop;
    perform interlock.begin_virtual(v_visits, p_now);
    return v_count;
end $$;

-- Runs the sweep of the virtual user CONSENSUS for workflows in cron mode. Named by seed 000; any cron may call it.
-- CONSENSUS decides joins; see workflow_consensus_holding, which is the same sweep.
create function interlock.workflow_consensus(p_limit integer default 500) returns integer language sql as $$
    select interlock.workflow_consensus_holding(p_limit)
$$;

-- Runs the sweep of the virtual user CONSENSUS over joins that hold, for workflows in cron mode. Named by seed 000; any cron may call it.
-- Transition: holding -> pending | running | waiting | completed | failed. Caller: cron, workflow_consensus.
-- Locks:   the executions, skip locked. A repeat does what is left. Returns how many executions it looked at.
create function interlock.workflow_consensus_holding(p_limit integer default 500) returns integer
language plpgsql set search_path = '' as $$
declare
    v_now        timestamptz := interlock.now();
    v_executions uuid[];
    v_progress   interlock.progress;
begin
    perform interlock.tick(p_limit);
    v_executions := (interlock.lock_executions(array(
        select distinct a.execution_id
        from interlock.assignments a
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no and n.by_cron
        where a.status = 'holding'
        limit p_limit), '{}')).locked;
    if cardinality(v_executions) > 0 then
        v_progress := interlock.advance(v_executions, null, interlock.traits_of(v_executions), null, v_now, true);
        perform interlock.wake_workers(v_progress.pending_queues);
    end if;
    return cardinality(v_executions);
end $$;

-- Runs the sweep of the virtual user ROUTER for workflows in cron mode. Named by seed 000; any cron may call it.
-- Transition: pending -> waiting | completed | failed. Caller: cron. Locks: as sweep_virtual_users. A repeat does what is left.
create function interlock.workflow_route(p_limit integer default 500) returns integer
language plpgsql set search_path = '' as $$
begin
    perform interlock.tick(p_limit);
    return interlock.sweep_virtual_users('route', p_limit, interlock.now());
end $$;

-- Runs the sweep of the virtual user START for workflows in cron mode. Named by seed 000; any cron may call it.
-- Transition: pending -> waiting | completed | failed. Caller: cron. Locks: as sweep_virtual_users. A repeat does what is left.
create function interlock.workflow_start(p_limit integer default 500) returns integer
language plpgsql set search_path = '' as $$
begin
    perform interlock.tick(p_limit);
    return interlock.sweep_virtual_users('start', p_limit, interlock.now());
end $$;

-- Ends what is due: a wait for a time is over, a visit that was parked for its turn leaves, anything else has timed out.
-- Transition: waiting -> completed | failed | cancelled; running -> pending | failed.
-- Caller:  sweep_timers, with the locks of the executions. Errors: none of its own. A repeat changes nothing.
create function interlock.finish_due(p_due interlock.visit_id[], p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
declare
    v_executions uuid[] := array(select distinct d.execution_id from unnest(p_due) d);
    v_traits     interlock.traits := interlock.traits_of(v_executions);
    v_over       interlock.ending[];
    v_late       interlock.ending[];
    v_finished   record;
    v_progress   interlock.progress;
begin
    select array_agg(row(x.execution_id, x.id, case x.wait_for when 'turn' then 'turn' else 'waiting' end,
               case x.wait_for when 'turn' then interlock.parked_outcome(x.error) else 'completed' end, null, null, null, null,
               case x.wait_for when 'turn' then x.error end, null, null, null, null, null, null, true, false, null)::interlock.ending)
               filter (where x.wait_for in ('time', 'turn')),
           array_agg(row(x.execution_id, x.id, x.status, 'failed', null, x.attempt, null, null, case x.status
               when 'running' then interlock.assignment_error('timed_out',
                   format('The attempt took longer than the %s seconds that the node allows.', x.timeout_seconds),
                   'Find out what the node waited for, or raise its timeout_seconds.')
               else interlock.assignment_error('timed_out', format('The wait for a %s ended at its limit: nothing came.', x.wait_for),
                   'Send what the node waits for sooner, or raise its limit.') end || '{"retryable": true}',
               null, null, null, null, null, null, null, null, null)::interlock.ending)
               filter (where x.status = 'running' or x.wait_for not in ('time', 'turn', 'order'))
    into v_over, v_late
    from (
        select a.execution_id, a.id, a.status, a.wait_for, a.error, a.attempt, n.timeout_seconds
        from unnest(p_due) with ordinality d (execution_id, id, ord)
        join interlock.assignments a on a.execution_id = d.execution_id and a.id = d.id and a.due_at <= p_now
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
        order by d.ord
    ) x;
    if v_late is not null then
        v_late := interlock.decide_failures(v_late, 'timed_out', p_now);
    end if;
    v_finished := interlock.finish(interlock.defer_beyond_budget(v_over || v_late, v_traits, p_now), v_late is not null, p_now);
    v_progress := interlock.advance(v_executions, v_finished.wave, v_traits, null, p_now);
    perform interlock.wake_workers((v_finished.wave).pending_queues || v_progress.pending_queues);
end $$;

-- Returns the number of seconds until the next thing is due that a tick would move; null: nothing is known to come. Leases of workers do not count: workers
-- tick more often than leases expire.
create function interlock.next_tick_seconds(p_now timestamptz) returns double precision language plpgsql stable set search_path = '' as $$
declare
    v_due_at timestamptz := least(
        (select t.due_at from interlock.assignment_timers t where t.due_at < 'infinity' order by t.due_at limit 1),
        (select t.due_at from interlock.virtual_user_timers t where t.due_at < 'infinity' order by t.due_at limit 1),
        (select t.due_at from interlock.deadline_timers t order by t.due_at limit 1),
        (select t.due_at from interlock.unsettled_timers t limit 1));
begin
    return case when v_due_at <= p_now then 0 else extract(epoch from v_due_at - p_now)::double precision end;
end $$;

-- Ends executions whose time has run out.
-- Transition: execution pending, running, waiting, paused -> timed_out; its open assignments -> cancelled.
-- Caller:  tick. Locks: the executions, skip locked. Errors: none of its own. A repeat ends the rest.
create function interlock.sweep_deadlines(p_limit integer, p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
declare
    v_ended interlock.ended_execution[];
begin
    select array_agg(row(d.id, 'timed_out', null, interlock.assignment_error('timed_out',
               format('The execution took longer than the %s seconds that its workflow allows.', v.timeout_seconds),
               'Look at the timeline for the node that took long, or raise timeout_seconds of the workflow.'))::interlock.ended_execution)
    into v_ended
    from (
        select t.execution_id as id from interlock.deadline_timers t
        where t.due_at <= p_now
        order by t.due_at limit p_limit
        for no key update skip locked
    ) d
    join interlock.executions e on e.id = d.id
    join interlock.workflow_versions v on v.id = e.version_id;
    if v_ended is null then
        return 0;
    end if;
    perform interlock.end_executions(v_ended, p_now);
    perform interlock.wake_workers(interlock.wake_lock_waiters(interlock.keys_of(array(select e.id from unnest(v_ended) e)), p_now));
    return cardinality(v_ended);
end $$;

-- Makes the waiters due of keys that became free without a wake-up (a holder's timeout ran out, or a wake-up was passed over).
-- Transition: none; pending assignments become due. Caller: tick. Locks: those assignments, skip locked. Errors: none. A repeat changes nothing.
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

-- Gives up workers whose heartbeat is older than their lease; their assignments return to their queues.
-- Transition: worker alive -> lost; its assignments running -> pending | failed. Caller: tick. Locks: the workers' rows, skip locked.
-- Errors:  none of its own. A repeat gives up the rest.
create function interlock.sweep_lost_workers(p_limit integer, p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
declare
    v_worker uuid;
    v_count  integer := 0;
begin
    for v_worker in
        select t.worker_id from interlock.lease_timers t
        where t.due_at < p_now
        order by t.due_at limit p_limit
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

-- Continues waits whose time has come, and fails attempts whose time has run out.
-- Transition: waiting -> completed | failed; running -> pending | failed.
-- Caller:  tick. Locks: the executions, skip locked. Errors: none of its own. A repeat moves the rest. Returns how many were due.
create function interlock.sweep_timers(p_limit integer, p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
declare
    v_due interlock.visit_id[];
begin
    select array_agg(row(d.execution_id, d.id)::interlock.visit_id order by d.due_at, a.change_number) into v_due
    from (
        select t.execution_id, t.assignment_id as id, t.due_at
        from interlock.assignment_timers t
        join interlock.executions e on e.id = t.execution_id and e.ended_at is null
        where t.due_at <= p_now
        order by t.due_at limit p_limit
        for no key update of e skip locked
    ) d
    join interlock.assignments a on a.execution_id = d.execution_id and a.id = d.id;
    if v_due is null then
        return 0;
    end if;
    begin
        perform interlock.finish_due(v_due, p_now);
    exception when others then
        if interlock.is_passing_error(sqlstate) then
            raise;
        end if;
        for v_row in 1 .. cardinality(v_due) loop
            begin
                perform interlock.finish_due(v_due[v_row:v_row], p_now);
            exception when others then
                if interlock.is_passing_error(sqlstate) then
                    raise;
                end if;
                perform interlock.fail_broken_execution(v_due[v_row].execution_id, interlock.broken_error(sqlstate, sqlerrm), p_now);
            end;
        end loop;
    end;
    return cardinality(v_due);
end $$;

-- Goes on with executions in which one transaction reached its limit: looks at their joins, or cancels what is left open in an ended one.
-- Transition: as advance; open assignments of an ended execution -> cancelled.
-- Caller:  tick. Locks: the executions, skip locked. Errors: none of its own; an execution that raises fails alone. A repeat does the rest.
create function interlock.sweep_unsettled(p_limit integer, p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
declare
    v_execution record;
    v_progress  interlock.progress;
    v_more      uuid[];
    v_count     integer := 0;
begin
    for v_execution in
        select e.id, e.ended_at from interlock.executions e
        where e.unsettled
            -- joins are decided when all else has settled, not while leftover visits still have to begin or to leave
            and (e.ended_at is not null or (
                select true from interlock.assignments a
                where a.execution_id = e.id and a.ended_at is null
                    and (a.wait_for = 'turn' or a.status = 'pending' and a.queue is null and not a.suspended and a.due_at <= p_now)
                limit 1) is null)
        order by e.id limit p_limit for no key update skip locked
    loop
        begin
            if v_execution.ended_at is not null then
                v_more := interlock.cancel_open_visits(array[v_execution.id], p_now);
                update interlock.executions e set unsettled = e.id = any (v_more) where e.id = v_execution.id;
                v_count := v_count + 1;
                exit;                                                     -- 5000 visits are enough for one transaction
            else
                update interlock.executions e set unsettled = false where e.id = v_execution.id;
                v_progress := interlock.advance(array[v_execution.id], null, interlock.traits_of(array[v_execution.id]), null, p_now);
                perform interlock.wake_workers(v_progress.pending_queues);
            end if;
        exception when others then
            if interlock.is_passing_error(sqlstate) then
                raise;
            end if;
            if v_execution.ended_at is null then
                update interlock.executions e set unsettled = false where e.id = v_execution.id;
                perform interlock.fail_broken_execution(v_execution.id, interlock.broken_error(sqlstate, sqlerrm), p_now);
            end if;
        end;
        v_count := v_count + 1;
    end loop;
    return v_count;
end $$;

-- Moves everything that is due: lost workers, waits and timeouts, deadlines of executions, visits left for virtual users, locks that became free.
-- Transition: waiting -> completed | failed; running -> pending | failed; execution -> timed_out; and what follows from them.
-- Caller:  every worker, cron, `interlock tick`, the sweeps of cron mode. One at a time: the others return {"skipped": true}. A repeat does what is left.
-- Locks:   an advisory transaction lock; executions, skip locked. Errors: IL013 bad_request.
-- Moves at most p_limit rows of each kind. A row that raises fails alone.
create function interlock.tick(p_limit integer default 500) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now  timestamptz := interlock.now();
    v_done jsonb;
begin
    perform interlock.require_read_committed();
    if p_limit is null or p_limit not between 1 and 10000 then
        perform interlock.raise_error('IL013', 'The limit of a tick must be a number from 1 to 10000.');
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

-- Returns a credential as people may see it: everything but its values. Caller: the functions of this folder.
create function interlock.credential_json(p_credential interlock.credentials) returns jsonb language sql stable set search_path = '' as $$
    select jsonb_build_object('id', p_credential.id, 'name', p_credential.name, 'kind', p_credential.kind, 'description', p_credential.description,
        'field_names', p_credential.field_names, 'allowed_hosts', p_credential.allowed_hosts, 'revision', p_credential.revision, 'created_by', p_credential.created_by,
        'created_at', p_credential.created_at, 'updated_by', p_credential.updated_by, 'updated_at', p_credential.updated_at,
        'last_used_at', p_credential.last_used_at)
$$;

-- Returns credentials whose key is not wrapped by the master key p_key_id, by id: at most p_limit of those after p_after. Changes nothing.
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

-- Deletes a credential. Nodes that name it fail from then on, once the workers' copies have expired (a few seconds).
-- Transition: a row -> none. Caller: the API. Locks: the row. Errors: IL040 credential_not_found, also on a repeat.
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
    perform interlock.record_audit('delete_credential', p_by,
        jsonb_build_object('credential_id', p_id, 'name', v_credential.name, 'kind', v_credential.kind),
        interlock.now());
    return interlock.credential_json(v_credential);
end $$;

-- Returns a credential without its values. Caller: the API. Changes nothing. Errors: IL040 credential_not_found.
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

-- Lists credentials without their values, by name: at most p_limit of those after the name p_after. Caller: the API. Changes nothing.
create function interlock.list_credentials(p_after text, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce(jsonb_agg(interlock.credential_json(c) order by c.name), '[]')
    from (select * from interlock.credentials c where p_after is null or c.name > p_after order by c.name limit p_limit) c
$$;

-- Raises IL040: no credential has this id. Caller: the functions of this folder.
create function interlock.raise_no_credential(p_id uuid) returns void language plpgsql set search_path = '' as $$
begin
    perform interlock.raise_error('IL040', format('There is no credential %s.', p_id), p_hint => 'It may have been deleted; list the credentials.');
end $$;

-- Replaces a credential's values, description or hosts; null leaves them as they are. The caller encrypts the values, and always sends all of them.
-- Transition: none; new values increase the revision. Caller: the API. Locks: the row.
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
    perform interlock.record_audit('update_credential', p_by,
        jsonb_build_object('credential_id', p_id, 'name', v_credential.name, 'kind', v_credential.kind,
            'field_names', v_credential.field_names, 'allowed_hosts', v_credential.allowed_hosts, 'values_replaced', p_ciphertext is not null),
        v_now);
    return interlock.credential_json(v_credential);
end $$;

-- Wraps a credential's own key with another master key; its values, revision and date stay.
-- Transition: none. Caller: `interlock credentials rewrap`. Locks: the row.
-- Errors:  none. Changes nothing and returns false on a repeat, or if the credential was changed or deleted meanwhile (its wrapped key is not p_before).
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
    perform interlock.record_audit('rewrap_credential', p_by,
        jsonb_build_object('credential_id', p_id, 'name', v_name, 'key_id', p_key_id),
        interlock.now());
    return true;
end $$;

-- Saves a new credential. The caller chose its id and encrypted its values under it.
-- Transition: none -> a row. Caller: the API. Locks: the new row's name.
-- Errors:  IL021 name_taken. A repeat with the same id changes nothing and returns the same.
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
        perform interlock.record_audit('create_credential', p_by,
            jsonb_build_object('credential_id', p_id, 'name', p_name, 'kind', p_kind, 'field_names', p_field_names, 'allowed_hosts', p_allowed_hosts),
            v_now);
        return interlock.credential_json(v_credential);
    end if;
    select c.* into v_credential from interlock.credentials c where c.id = p_id;
    if not found then
        perform interlock.raise_error('IL021', format('There is already a credential named %s.', p_name), p_name,
            'Choose another name, or replace the values of that credential.');
    end if;
    return interlock.credential_json(v_credential);
end $$;

-- Returns the encrypted credential with this name to a worker that is about to use it; null if there is none.
-- Transition: none; sets last_used_at if that was more than an hour ago. Caller: a worker, every few seconds while it needs the credential.
-- Locks:   the row, only for that hourly write, and only if no other transaction holds it. Errors: none. A repeat returns the same.
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

-- Creates the triggers that refuse every change of status that is not a row of the transition tables. Run it again after changing those rows.
-- The allowed changes are one text: each update parses its trigger's condition anew, and twenty comparisons take longer to parse than to make.
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

-- Creates resolve_inline, which calls the function resolve_<kind> of each kind that needs no worker. Run it again after adding a row to node_kinds.
-- resolve_inline returns null if a worker has to decide. A node without a program (inline is null) always goes to a worker.
create function interlock.make_resolver() returns void language plpgsql set search_path = '' as $$
declare
    v_cases text;
begin
    select string_agg(format('when %L then interlock.%I(p_inline, p_input, p_context, p_subject, p_execution_id, p_now)', k.kind, 'resolve_' || k.kind),
        ' ' order by k.kind) into v_cases
    from interlock.node_kinds k
    where not k.needs_worker;
    execute format('create or replace function interlock.resolve_inline(p_kind text, p_inline jsonb, p_input jsonb, p_context jsonb, p_subject text, '
        'p_execution_id uuid, p_now timestamptz) returns interlock.resolution language plpgsql stable set search_path = '''' as %L',
        format('begin if p_inline is null then return null; end if; return case p_kind %s end; end', v_cases));
end $$;

-- Raises IL092 for a change of status that no row of a transition table allows; the triggers call it for nothing else.
create function interlock.refuse_transition() returns trigger language plpgsql set search_path = '' as $$
begin
    perform interlock.raise_error('IL092', format('A row of %s cannot go from %s to %s.', tg_table_name, old.status, new.status),
        p_hint => 'A terminal status never changes; docs/states.md lists the allowed changes.');
    return null;
end $$;

-- Shows assignments with their node, their actor, and their derived input and output.
create view interlock.assignment_details as
select a.execution_id, a.id, n.node_id, n.name, n.type, n.subtype, a.node_no, a.visit, a.attempt, a.loss_count, a.status, a.suspended,
       nullif(a.queue, '') as queue,
       case
           when a.assigned_to is not null then person.name
           else coalesce(n.actor, worker.name)
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

-- Shows executions with their workflow and version, and their result.
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

-- Lists everything that time moves, and when; due_at 'infinity': not by time. Each part is its own view, so that an index finds its first row.

-- Waits, timeouts of attempts, and visits that are parked for their turn.
create view interlock.assignment_timers as
select a.due_at, a.execution_id, a.id as assignment_id
from interlock.assignments a
where a.status in ('running', 'waiting') and a.due_at is not null;

-- Visits that were left for a virtual user.
create view interlock.virtual_user_timers as
select a.due_at, a.execution_id, a.id as assignment_id
from interlock.assignments a
where a.status = 'pending' and not a.suspended and a.queue is null;

-- When executions time out.
create view interlock.deadline_timers as
select e.deadline_at as due_at, e.id as execution_id
from interlock.executions e
where e.deadline_at is not null and e.ended_at is null;

-- Executions that one transaction left unfinished: due at once.
create view interlock.unsettled_timers as
select '-infinity'::timestamptz as due_at, e.id as execution_id
from interlock.executions e
where e.unsettled;

-- When workers count as lost.
create view interlock.lease_timers as
select w.heartbeat_at + pg_catalog.make_interval(secs => w.lease_seconds) as due_at, w.id as worker_id
from interlock.workers w
where w.status = 'alive';

create view interlock.timers as
select 'assignment'::text as kind, t.due_at, t.execution_id, t.assignment_id, null::uuid as worker_id from interlock.assignment_timers t
union all
select 'virtual_user', t.due_at, t.execution_id, t.assignment_id, null from interlock.virtual_user_timers t
union all
select 'deadline', t.due_at, t.execution_id, null, null from interlock.deadline_timers t
union all
select 'unsettled', t.due_at, t.execution_id, null, null from interlock.unsettled_timers t
union all
select 'lease', t.due_at, null, null, t.worker_id from interlock.lease_timers t;

-- Seed 002: visits that continue at a given time.
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
       coalesce(a.assigned_to, (select u.id from interlock.users u where u.is_system and u.name = n.actor)) as assigned_to,
       a.previous_assignment_id as previous_task_assignment_id, a.created_at, a.started_at, a.ended_at as completed_at
from interlock.assignments a
join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no;

-- Seeds 000 and 003: the subjects that workflows work on.
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

-- Seeds 001 and 004: executions with everything that happened in them.
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

-- Seed 002: the holders of lock keys: by hand, a visit or an execution.
create view interlock.workflow_locks as
select l.lock_key, l.holder as locked_by, l.expires_at from interlock.locks l where l.holder is not null and l.expires_at > interlock.now()
union all
select a.lock_key, a.execution_id::text || '/' || a.id::text, a.due_at
from interlock.assignments a where a.lock_key is not null and a.status in ('running', 'waiting') and coalesce(a.wait_for, 'time') not in ('order', 'turn')
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

-- Sets how PostgreSQL plans the functions that clients call. The tables are empty and were never analysed when the first plans are made and kept, so these
-- settings tell the planner what holds at any size: every row is found by its key, one after another, in the order in which the joins are written.
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

-- Only the owner may call the functions until somebody grants the right to another role.
select interlock.guard_transitions();
select interlock.make_resolver();
revoke execute on all functions in schema interlock from public;
revoke all on all tables in schema interlock from public;
