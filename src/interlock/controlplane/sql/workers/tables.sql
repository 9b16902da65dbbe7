-- Processes that claim assignments. The heartbeat is written from a connection of its own, so it stands in a row of its own.
-- Every vacuum and every analyze of a table makes each connection plan anew what uses it. So this table and `exchanges` are left alone while they are small:
-- their updates change no index, and the next update prunes the page; no plan of theirs needs statistics.
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
    workspaces    integer[],                             -- those that it serves; null: all
    queue_keys    text[],                                -- what its queues stand for, see keys_of_queues
    constraint worker_status_is_known check (status in ('alive', 'stopped', 'lost')),
    constraint lease_is_sensible check (lease_seconds between 1 and 86400)
) with (fillfactor = 50, autovacuum_vacuum_threshold = 10000, autovacuum_analyze_threshold = 1000000000);
-- No time in it: a heartbeat changes no index. Few workers are alive, however many there were.
create index workers_alive on interlock.workers (id) where status = 'alive';

-- The last exchange of each worker in each of its two lanes, from which a repeat of it is answered. A worker has at most one exchange under way in a lane.
create table interlock.exchanges (
    worker_id    uuid not null,
    last_request bigint not null default 0,
    answers      text[],                                 -- null: all ok
    queues       text[] not null default '{}',           -- keys of those that it has capacity for, so that waking it is useful
    handed_count integer not null default 0,             -- since it last took the oldest due one
    alone_execution_id  uuid,                            -- lost twice before, so it runs with nothing beside it
    alone_assignment_id uuid,
    lane         smallint not null,                      -- the request number modulo 2; no check, which every exchange would parse anew
    takes_offers boolean not null default false,         -- it listens on a channel of its own, so that a start may begin a visit for it; lane 0 alone
    offered_execution_id  uuid,                          -- what a start began for it since its last exchange in this lane
    offered_assignment_id uuid,
    returned_offer uuid,                                 -- the visit of these that the last exchange returned
    backend_pid integer,                                 -- of its connection; gone with the process of the worker
    turns text[] not null default '{}',                  -- whose turn was the last, see share_capacity
    primary key (worker_id, lane)
) with (fillfactor = 50, autovacuum_vacuum_threshold = 10000, autovacuum_analyze_threshold = 1000000000);

-- Assignments taken from a worker while it runs them; its next heartbeat reads them.
create table interlock.revocations (
    worker_id     uuid not null,
    execution_id  uuid not null,
    assignment_id uuid not null,
    attempt       integer not null,
    primary key (worker_id, execution_id, assignment_id, attempt)
);
