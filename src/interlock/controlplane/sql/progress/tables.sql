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

-- What a worker can take from which queue in one exchange.
create type interlock.share as (
    queues     text[],
    capacities integer[],                          -- how many of each queue
    places     integer[],                          -- null: each is one of the worker's queues; else which of them each stands for, see share_capacity
    totals     integer[],                          -- how many of each of the worker's queues; what one workspace leaves, the others get
    limited    boolean[],                          -- which workspaces have a limit on what runs, see free_to_run; null: none
    idle       text[],                             -- queues of workspaces that have nothing due and report nothing
    idle_places integer[]                          -- which of the worker's queues these stand for
);

-- The result of an exchange.
create type interlock.exchange_outcome as (
    answers        text[],                         -- null: all ok
    claimed        interlock.visit_id[],
    open_queues    text[],                         -- where the worker still has capacity
    pending_queues text[],
    handed_count   integer,                        -- since the worker last took the oldest due assignment
    handed         text,                           -- visits that the worker can run without being sent more, see record_plain
    capacities     integer[],                      -- what is left of them
    taken          bigint[],                       -- places of the results that the lean path took
    left_over      jsonb,                          -- the others, in order; null: none
    full_queues    text[]                          -- whose workspace has as much running as it may
);
