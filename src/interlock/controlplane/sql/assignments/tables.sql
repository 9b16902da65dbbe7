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
    requires               text,                         -- TYPE/SUBTYPE that the worker has to have an executor for; null also: it is done
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
    -- One check, not six: PostgreSQL reads the text of every check anew in each statement (decision 0081). The first branch that fits says what the status is.
    constraint assignment_status_fits_the_row check (status = any (case
        when ended_at is null then case
            when wait_for is not null then '{waiting}'::text[]     -- waiting says for what
            when output is not null then '{}'                      -- an output only when ended or waiting
            when worker_id is not null then '{running}'            -- running has a worker
            when due_at is not null then '{pending}'               -- pending is due some time
            else '{holding}' end
        when wait_for is null then '{completed,failed,cancelled}'  -- ended has a time, and waits for nothing
        else '{}' end))
) with (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0,
        autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_insert_threshold = 50000, autovacuum_analyze_threshold = 50000);

create index assignments_claim on interlock.assignments (queue, due_at)
    where status = 'pending' and not suspended and queue is not null and lock_key is null and loss_count < 2 and requires is null;
-- Also what is left for a virtual user, whose queue is null: every statement that writes a row opens every index, so one serves both.
create index assignments_claim_special on interlock.assignments (queue, due_at)
    where status = 'pending' and not suspended and (queue is null or lock_key is not null or loss_count >= 2 or requires is not null);
create index assignments_open on interlock.assignments (execution_id) where ended_at is null;
create index assignments_holding on interlock.assignments (execution_id, node_no) where status = 'holding';
create index assignments_timer on interlock.assignments (due_at) where status in ('running', 'waiting') and due_at is not null;
create unique index assignments_visit on interlock.assignments (execution_id, node_no, visit) where is_indexed and parent_assignment_id is null;
create index assignments_lock on interlock.assignments (lock_key)
    where lock_key is not null and status in ('pending', 'running', 'waiting');
-- To count what runs in a workspace. No visit of the first workspace is in it as long as that one has no limit, so it costs it only what it takes to open the index.
create index assignments_running on interlock.assignments (queue) where status = 'running' and left(queue, 1) = '#';
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
    ('holding', 'pending',   'begin_standing, finish_into_joins'),
    ('holding', 'running',   'begin_standing, finish_into_joins'),
    ('holding', 'waiting',   'begin_standing'),
    ('holding', 'completed', 'begin_standing, finish_into_joins'),
    ('holding', 'failed',    'begin_standing'),
    ('holding', 'cancelled', 'finish'),
    ('pending', 'running',   'take_assignments'),
    ('pending', 'waiting',   'begin_standing'),
    ('pending', 'completed', 'begin_standing'),
    ('pending', 'failed',    'begin_standing'),
    ('pending', 'cancelled', 'finish'),
    ('running', 'waiting',   'finish'),
    ('running', 'completed', 'finish, record_plain, exchange_one_plain, finish_into_joins'),
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
