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
