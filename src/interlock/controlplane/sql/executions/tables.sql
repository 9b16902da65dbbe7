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
    workspace_id    integer not null default coalesce(nullif(current_setting('interlock.workspace', true), '')::integer, 1),  -- that of its workflow
    test            jsonb,                               -- what part of a definition a test run runs; null: this is no test run
    -- one check, as of assignments
    constraint execution_status_fits_the_row check (status = any (case
        when error is null then case
            when ended_at is null then '{pending,running,waiting,paused}'::text[]
            else '{completed,failed,cancelled,timed_out}' end      -- ended has a time
        when ended_at is null then '{}'
        else '{failed,cancelled,timed_out}' end))                  -- an error only at an unhappy end
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0,
        autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_insert_threshold = 50000, autovacuum_analyze_threshold = 5000);

create unique index executions_idempotency on interlock.executions (workflow_id, idempotency_key) where idempotency_key is not null;
-- Read backwards: a page of any list merges the newest of each status.
create index executions_of_status on interlock.executions (workspace_id, status, created_at, id);
create index executions_of_workflow on interlock.executions (workflow_id, status, created_at, id);
create index executions_of_subject on interlock.executions (workspace_id, subject, status, created_at, id) where subject is not null;
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
    ('running', 'completed', 'update_statuses, complete_execution, end_executions'),
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

-- Open executions of users whose open assignments are limited, by who started them. Those that ended go with the next start of the same user, see count_started.
create table interlock.user_executions (
    user_id      uuid not null references interlock.users (id) on delete cascade,
    execution_id uuid not null,
    primary key (user_id, execution_id)
);
