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
