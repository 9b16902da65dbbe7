-- Workflows, their immutable versions, and the rows that each version is compiled to, which the control plane joins on.

create table interlock.workflows (
    id              uuid primary key,
    name            text not null,
    current_version integer not null,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    deleted_at      timestamptz,                         -- cannot be started; its name is free, its executions go on
    workspace_id    integer not null default coalesce(nullif(current_setting('interlock.workspace', true), '')::integer, 1) references interlock.workspaces (id),
    workspace_is_full boolean not null default false,    -- nothing is started, see mark_full_workspace
    constraint workflow_name_is_sensible check (name <> '' and length(name) <= 100)
);
create unique index workflow_names_are_unique on interlock.workflows (workspace_id, name) where deleted_at is null;

create table interlock.workflow_versions (
    id              integer generated always as identity primary key,
    workflow_id     uuid not null references interlock.workflows,
    version         integer,                             -- null: of a test run
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
    warnings        jsonb,                               -- what was found when it was saved; null: not known
    note            text,                                -- what the person said about it; not part of the content
    source          text,                                -- the definition as its author wrote it, YAML or JSON; null: saved before it was kept
    kind            text not null default 'published',   -- test: what one test run runs; it is not listed, and never the current one
    tested_by       uuid,                                -- the execution of a test run
    swept_at        timestamptz,                         -- of a test: nothing can run it any more, see sweep_test_versions
    constraint versions_are_numbered unique (workflow_id, version),
    constraint only_tests_have_no_number check (kind in ('published', 'test') and (kind = 'test') = (version is null)),
    constraint virtual_users_work_inline_or_by_cron check (virtual_users in ('inline', 'cron')),
    constraint version_note_is_short check (length(note) <= 500)
);

create unique index same_content_is_same_version on interlock.workflow_versions (workflow_id, checksum) where kind = 'published';
create index test_versions on interlock.workflow_versions (created_at) where kind = 'test' and swept_at is null;

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

-- Nodes after whose completion through `main` visits of other workers' nodes begin, or this path ends, and nothing else can happen. One row for each node that
-- follows, in order of definition; one with next_node null where the path ends. Derived from the other rows by note_plain_nodes, so that the lean path reads
-- narrow rows. In versions with locks, with first or count joins, or in cron mode no node is plain.
create table interlock.plain_nodes (
    version_id       integer not null,
    node_no          integer not null,
    branch           integer not null,                   -- counts the rows of a node from 1
    branch_count     integer not null,
    next_node        integer,
    queue            text,                               -- from here on: facts of next_node
    requires         text,
    timeout_seconds  double precision,
    is_indexed       boolean not null,
    reads_input_only boolean not null,                   -- its expressions name no other node and not the context
    primary key (version_id, node_no, branch)
);

-- Nodes for workers whose completion through `main` brings a token to one `all` join and does nothing else: every visit has this one connection, and the join
-- has one visit, which is a worker's or completes at once. Derived as plain_nodes, in the same versions.
create table interlock.joining_nodes (
    version_id integer not null,
    node_no    integer not null,
    join_node  integer not null,
    slot       integer not null,
    primary key (version_id, node_no)
);

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
