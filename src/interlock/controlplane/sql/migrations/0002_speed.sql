-- Faster exchanges: a lean path for plain successors, two lanes for each worker, slim replies.

-- A worker has a row for each lane; an exchange is repeated within its lane.
alter table interlock.exchanges add column lane smallint;
update interlock.exchanges set lane = last_request & 1;
alter table interlock.exchanges alter column lane set not null, drop constraint exchanges_pkey, add primary key (worker_id, lane);
alter table interlock.exchanges add column takes_offers boolean not null default false, add column offered_execution_id uuid,
    add column offered_assignment_id uuid, add column returned_offer uuid,
    add column backend_pid integer;
insert into interlock.exchanges (worker_id, lane, last_request, alone_execution_id, alone_assignment_id)
select x.worker_id, 1 - x.lane, greatest(0, x.last_request - 1), x.alone_execution_id, x.alone_assignment_id from interlock.exchanges x;

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

create table interlock.joining_nodes (
    version_id integer not null,
    node_no    integer not null,
    join_node  integer not null,
    slot       integer not null,
    primary key (version_id, node_no)
);

update interlock.assignment_transitions set done_by = 'finish, record_plain, exchange_one_plain, finish_into_joins' where from_status = 'running' and to_status = 'completed';
update interlock.execution_transitions set done_by = 'update_statuses, complete_execution, end_executions' where from_status = 'running' and to_status = 'completed';
update interlock.assignment_transitions set done_by = 'begin_standing, finish_into_joins'
where from_status = 'holding' and to_status in ('pending', 'running', 'completed');

alter type interlock.exchange_outcome add attribute handed text, add attribute capacities integer[], add attribute taken bigint[],
    add attribute left_over jsonb;

-- A table that is cheaper to touch (decision 0081). No table is rewritten; each is read once for its new check, and stays locked until this migration ends.
alter table interlock.assignments
    drop constraint assignment_status_is_known,
    drop constraint output_only_when_done_or_waiting,
    drop constraint terminal_has_a_time,
    drop constraint running_has_a_worker,
    drop constraint waiting_says_for_what,
    drop constraint pending_is_due_some_time,
    add constraint assignment_status_fits_the_row check (status = any (case
        when ended_at is null then case
            when wait_for is not null then '{waiting}'::text[]
            when output is not null then '{}'
            when worker_id is not null then '{running}'
            when due_at is not null then '{pending}'
            else '{holding}' end
        when wait_for is null then '{completed,failed,cancelled}'
        else '{}' end));
alter table interlock.executions
    drop constraint execution_status_is_known,
    drop constraint ended_has_a_time,
    drop constraint only_an_unhappy_end_has_an_error,
    add constraint execution_status_fits_the_row check (status = any (case
        when error is null then case
            when ended_at is null then '{pending,running,waiting,paused}'::text[]
            else '{completed,failed,cancelled,timed_out}' end
        when ended_at is null then '{}'
        else '{failed,cancelled,timed_out}' end));

alter table interlock.assignments set (autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_insert_threshold = 50000,
    autovacuum_analyze_threshold = 50000);
alter table interlock.executions set (autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_insert_threshold = 50000, autovacuum_analyze_threshold = 5000);
alter table interlock.workers set (autovacuum_vacuum_threshold = 10000, autovacuum_analyze_threshold = 1000000000);
alter table interlock.exchanges set (autovacuum_vacuum_threshold = 10000, autovacuum_analyze_threshold = 1000000000);
-- The new indexes hold what is pending and special, and the workers that are alive: small, but they are found by reading the tables once.
drop index interlock.workers_alive;
create index workers_alive on interlock.workers (id) where status = 'alive';
drop index interlock.assignments_virtual;
drop index interlock.assignments_claim_special;
create index assignments_claim_special on interlock.assignments (queue, due_at)
    where status = 'pending' and not suspended and (queue is null or lock_key is not null or loss_count >= 2 or requires is not null);
drop view interlock.timers, interlock.virtual_user_timers, interlock.deadline_timers, interlock.unsettled_timers, interlock.lease_timers;

-- Processes that listen for the ends of executions. A row counts until expires_at. Without one that counts, no end is announced: NOTIFY makes commits take
-- turns. Vacuum and analyze leave the table alone while it is small: see `workers`.
create table interlock.listeners (
    id         uuid primary key,
    name       text not null,
    expires_at timestamptz not null
) with (fillfactor = 50, autovacuum_vacuum_threshold = 1000, autovacuum_analyze_threshold = 1000000000);

-- Functions and views that changed; what follows is the tree's text.
set check_function_bodies = off;
drop function interlock.claim_assignments(interlock.taker, boolean, boolean, timestamptz);
drop function interlock.exchange(uuid, bigint, jsonb, text[], integer[]);
drop function interlock.exchange_all(uuid, bigint, jsonb, text[], integer[], text[], integer, boolean, timestamptz);
drop function interlock.reply(text[], integer, interlock.visit_id[], text[], timestamptz);
drop function interlock.reply_of(text[], integer, uuid, bigint, text[], timestamptz);
drop function interlock.start_executions(text, jsonb, integer, text);
drop view interlock.assignment_timers;

-- Returns the time of the one clock. Every time in the schema comes from here; tests move it through interlock.test_clock.
-- PL/pgSQL, because before version 18 PostgreSQL plans the body of an SQL function anew in each statement that calls it. Where a statement reads many rows,
-- write (select interlock.now()): it is called once.
create or replace function interlock.now() returns timestamptz language plpgsql volatile set search_path = '' as $$
begin
    return clock_timestamp() + coalesce((select c.shift from interlock.test_clock c), interval '0');
end $$;

-- Returns a version with its compiled nodes and connections, as workers cache it. Changes nothing.
-- Errors: IL003 version_not_found.
create or replace function interlock.get_version(p_version_id integer) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    v_version jsonb;
begin
    select jsonb_build_object(
        'workflow', w.name, 'workflow_id', w.id, 'version', v.version, 'version_id', v.id, 'definition', v.definition,
        'nodes', (select jsonb_agg(to_jsonb(n) - 'version_id' || jsonb_build_object('is_plain', p.branch_count is not null, 'plain_next',
                      case when p.branch_count = 1 then p.next_node end) order by n.node_no)
                  from interlock.nodes n
                  left join interlock.plain_nodes p on p.version_id = n.version_id and p.node_no = n.node_no and p.branch = 1
                  where n.version_id = v.id),
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
create or replace function interlock.keep_version(
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
        perform interlock.note_plain_nodes(array[v_version.id]);
    end if;
    update interlock.workflows w set current_version = v_version.version, updated_at = p_now
    where w.id = p_workflow_id and w.current_version <> v_version.version;
    changed := found;
    version := v_version.version;
    version_id := v_version.id;
end $$;

-- Finds the plain and the joining nodes of versions, see the tables. Caller: keep_version, the migration that made the tables. A repeat changes nothing.
create function interlock.note_plain_nodes(p_versions integer[]) returns void
language plpgsql set search_path = '' as $$
begin
    insert into interlock.plain_nodes (version_id, node_no, branch, branch_count, next_node, queue, requires, timeout_seconds, is_indexed, reads_input_only)
    select n.version_id, n.node_no, row_number() over (partition by n.version_id, n.node_no order by c.connection_no),
           greatest(1, leaving.main_port), s.node_no, s.queue, s.requires, s.timeout_seconds, coalesce(s.is_indexed, false),
           coalesce(s.needs = '{}' and not s.uses_context, false)
    from interlock.workflow_versions v
    join interlock.nodes n on n.version_id = v.id
    cross join lateral (
        select count(*) as all_ports, count(*) filter (where o.port = 'main') as main_port,
               coalesce(bool_and(not o.into_join and t.needs_worker and t.join_kind is null and not t.is_repeatable and not t.ordered)
                   filter (where o.port = 'main'), true) as is_plain
        from interlock.connections o
        join interlock.nodes t on t.version_id = o.version_id and t.node_no = o.to_node
        where o.version_id = n.version_id and o.from_node = n.node_no and o.type = 'MAIN'
    ) leaving
    left join interlock.connections c on c.version_id = n.version_id and c.from_node = n.node_no and c.type = 'MAIN' and c.port = 'main'
    left join interlock.nodes s on s.version_id = n.version_id and s.node_no = c.to_node
    where v.id = any (p_versions) and v.virtual_users = 'inline' and not v.has_locks and not v.has_counts
        and (n.needs_worker or n.starts_execution) and not n.ordered
        -- so that 1000 results never make more visits than one transaction may
        and leaving.is_plain and leaving.main_port <= 5
        -- a join may wait for what another port could still bring
        and (not v.has_joins or leaving.main_port = leaving.all_ports)
    on conflict do nothing;

    insert into interlock.joining_nodes (version_id, node_no, join_node, slot)
    select n.version_id, n.node_no, j.node_no, c.slot
    from interlock.workflow_versions v
    join interlock.nodes n on n.version_id = v.id
    join interlock.connections c on c.version_id = n.version_id and c.from_node = n.node_no and c.type = 'MAIN'
    join interlock.nodes j on j.version_id = n.version_id and j.node_no = c.to_node
    where v.id = any (p_versions) and v.virtual_users = 'inline' and not v.has_locks and not v.has_counts
        and n.needs_worker and not n.ordered and c.port = 'main' and not exists (
            select from interlock.connections o
            where o.version_id = n.version_id and o.from_node = n.node_no and o.type = 'MAIN' and o.connection_no <> c.connection_no)
        and c.into_join and j.join_kind = 'all' and not j.is_repeatable and not j.ordered
        and (j.needs_worker or j.merges_input and j.inline is not null and not j.reads_input and not j.ends_execution)
    on conflict do nothing;
end $$;

-- Starts executions of one workflow, which is given by name or id.
-- Transition: (new) -> pending | running | waiting | completed | failed.
-- Caller:  a client that may run the workflow.
-- Locks:   only the rows that it inserts; with p_offers the exchange of an idle worker, skip locked.
-- p_offers: this call is a transaction of its own, so that it may begin the first visit for an idle worker, see start_one_plain. In a transaction that
-- goes on, the worker would wait for it, and the time of the visit would run out before anybody sees it.
-- Errors:  IL005 workflow_not_found, IL006 version_not_found, IL007 trigger_not_found, IL013 bad_request. An item that does not have the form
--          {"input", "idempotency_key", "subject", "trace_parent"} gets an error in its place of the answer.
-- A repeat with the same idempotency key returns the existing execution and starts nothing.
create function interlock.start_executions(
    p_workflow text, p_executions jsonb, p_version integer default null, p_trigger text default null, p_offers boolean default false
) returns json
language plpgsql set search_path = '' as $$
declare
    v_now      timestamptz;
    v_version  record;
    v_asked    record;
    v_made     record;
    v_started  json;
    v_traits   interlock.traits;
    v_at_once  integer;                                                   -- how many, from the first, begin in this transaction; START begins the others
    v_progress interlock.progress;
    v_most     integer := 4 * interlock.visits_per_transaction();        -- visits that one call makes, in executions that no other transaction sees yet
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        perform interlock.require_read_committed();
    end if;
    if jsonb_typeof(p_executions) is distinct from 'array' or jsonb_array_length(p_executions) > 10000 then
        perform interlock.raise_error('IL013', 'The executions to start must be an array of at most 10000.');
    end if;
    if jsonb_array_length(p_executions) = 1 then
        v_started := interlock.start_one_plain(p_workflow, p_executions -> 0, p_version, p_trigger, p_offers);
        if v_started is not null then
            return v_started;
        end if;
    end if;
    select v.id, v.workflow_id, v.version, v.lock_program, v.timeout_seconds, v.virtual_users, n.node_no as start_node, n.is_indexed,
           n.fan_out, interlock.now() as now, p.next_node is not null and interlock.takes_lean_path() as is_plain
    into v_version
    from interlock.workflows w
    join interlock.workflow_versions v on v.workflow_id = w.id and v.version = coalesce(p_version, w.current_version)
    left join lateral (
        select t.node_no, t.is_indexed, t.fan_out from interlock.nodes t
        where t.version_id = v.id and t.starts_execution and (p_trigger is null and t.subtype = 'MANUAL' or t.node_id = p_trigger)
        order by t.node_no limit 1
    ) n on true
    left join interlock.plain_nodes p on p.version_id = v.id and p.node_no = n.node_no and p.branch = 1
    where w.id = coalesce(
        (select x.id from interlock.workflows x where x.name = p_workflow and x.deleted_at is null), interlock.find_workflow(p_workflow));
    if not found then
        if interlock.find_workflow(p_workflow) is not null then
            perform interlock.raise_error('IL006', format('The workflow %s has no version %s.', p_workflow, p_version));
        end if;
        perform interlock.raise_error('IL005', format('There is no workflow %s.', p_workflow), p_hint => 'Deploy it first: interlock deploy FILE.');
    elsif v_version.start_node is null then
        perform interlock.raise_error('IL007', format('The workflow %s has no trigger %s.', p_workflow, coalesce(p_trigger, 'TRIGGER_NODE/MANUAL')));
    end if;
    v_now := v_version.now;
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
        insert into interlock.assignments (execution_id, id, version_id, node_no, visit, status, is_indexed, queue, requires, due_at, lock_key,
            previous_assignment_id, change_number, created_at, started_at, ended_at)
        select k.id, o.id, v_version.id, o.node_no, 1, o.status, o.is_indexed, o.queue, o.requires, o.due_at,
               k.lock_key, o.from_id, nextval('interlock.change_numbers'), v_now, case when o.from_id is null then v_now end,
               case when o.status = 'completed' then v_now end
        from unnest(v_asked.ids, v_asked.start_ids, v_asked.lock_keys) with ordinality k (id, start_id, lock_key, ord)
        cross join lateral (
            select k.start_id as id, v_version.start_node as node_no, case when k.ord <= v_at_once then 'completed' else 'pending' end as status,
                   v_version.is_indexed as is_indexed, case when v_version.virtual_users = 'cron' then '' end as queue, null as requires,
                   case when k.ord > v_at_once then v_now end as due_at, null::uuid as from_id
            union all
            -- the lean path: what follows a plain START begins at once
            select interlock.uuidv7(), p.next_node, 'pending', p.is_indexed, p.queue, p.requires, v_now, k.start_id
            from interlock.plain_nodes p
            where v_version.is_plain and k.ord <= v_at_once and p.version_id = v_version.id and p.node_no = v_version.start_node
        ) o
        where exists (select from interlock.executions e where e.id = k.id)
        returning execution_id, id, status, previous_assignment_id, queue
    )
    select array_agg(m.execution_id) filter (where m.status = 'completed') as executions,
           array_agg(row(m.execution_id, m.id, v_version.id, v_version.start_node, null, null, null, null)::interlock.departure)
               filter (where m.status = 'completed') as starts,
           bool_or(m.status = 'pending' and m.previous_assignment_id is null) as pending,
           array_agg(distinct m.queue) filter (where m.previous_assignment_id is not null) as queues
    into v_made
    from made m;

    if v_version.is_plain then
        v_progress.pending_queues := v_made.queues;
    elsif v_made.executions is not null then
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

-- Does for a single execution what start_executions does for many, if one plain visit follows its START: statements of few parts start sooner than those of
-- many. With p_offers the visit begins in the hands of an idle worker, where there is one: it is connected and listens, has capacity for one more from this
-- queue, and was offered nothing since its last exchange. The notification names the worker alone, because every role of the database may listen;
-- get_offer returns the visit, and so does the worker's next exchange, should the notification get lost. Until then it is offered nothing else.
-- Transition: (new) -> running.
-- Caller:  start_executions. Locks: the rows that it inserts; the exchange of the idle worker, skip locked: a worker that reports at this moment is passed over.
-- Errors:  none. Returns null if it started nothing, because start_executions has to look: then nothing has changed.
-- A repeat with the same idempotency key changes nothing, and leaves the answer to start_executions.
create function interlock.start_one_plain(p_workflow text, p_asked jsonb, p_version integer, p_trigger text, p_offers boolean) returns json
language plpgsql set search_path = '' as $$
declare
    v_start  record;
    v_worker uuid;
    v_told   boolean;
begin
    -- one random number makes all three ids. An even last digit leads the results of the execution to the lane that takes offers.
    select v.id as version_id, v.workflow_id, v.timeout_seconds, n.node_no, n.is_indexed, p.next_node, p.is_indexed as next_is_indexed, p.queue, p.requires,
           p.timeout_seconds as next_timeout_seconds, o.may_be_offered, (left(o.drawn, 34) || '0' || o.last_digit)::uuid as execution_id,
           (left(o.drawn, 34) || '1' || o.last_digit)::uuid as start_id, (left(o.drawn, 34) || '2' || o.last_digit)::uuid as next_id,
           p_asked -> 'input' as input, p_asked ->> 'idempotency_key' as idempotency_key, p_asked ->> 'subject' as subject,
           left(p_asked ->> 'trace_parent', 55) as trace_parent, interlock.now() as now
    into v_start
    from interlock.workflows w
    join interlock.workflow_versions v on v.workflow_id = w.id and v.version = coalesce(p_version, w.current_version) and v.lock_program is null
    cross join lateral (
        select t.node_no, t.is_indexed from interlock.nodes t
        where t.version_id = v.id and t.starts_execution and (p_trigger is null and t.subtype = 'MANUAL' or t.node_id = p_trigger)
        order by t.node_no limit 1
    ) n
    join interlock.plain_nodes p on p.version_id = v.id and p.node_no = n.node_no and p.branch = 1 and p.branch_count = 1 and p.next_node is not null
    cross join lateral (
        select d.may_be_offered, d.drawn, case when d.may_be_offered then '0' else right(d.drawn, 1) end as last_digit
        from (
            -- should the notification get lost, the next exchange has to bring the visit in time
            select p_offers and p.reads_input_only and coalesce(p.timeout_seconds >= 60, true) as may_be_offered, interlock.uuidv7()::text as drawn offset 0
        ) d
    ) o
    where w.id = coalesce(
        (select x.id from interlock.workflows x where x.name = p_workflow and x.deleted_at is null), interlock.find_workflow(p_workflow))
        and jsonb_typeof(p_asked -> 'input') = 'object' and interlock.takes_lean_path()
        and interlock.refusal_to_start(p_asked -> 'input', p_asked ->> 'idempotency_key', p_asked ->> 'subject', false) is null;
    if not found then
        return null;
    end if;

    insert into interlock.executions (id, version_id, workflow_id, status, input, subject, idempotency_key, trace_parent, created_at, started_at,
        deadline_at, change_number)
    values (v_start.execution_id, v_start.version_id, v_start.workflow_id, 'running', v_start.input, v_start.subject, v_start.idempotency_key,
        v_start.trace_parent, v_start.now, v_start.now, v_start.now + make_interval(secs => v_start.timeout_seconds), nextval('interlock.change_numbers'))
    on conflict (workflow_id, idempotency_key) where idempotency_key is not null do nothing;
    if not found then
        return null;
    end if;

    if v_start.may_be_offered then
        with idle as (
            select x.worker_id
            from interlock.exchanges x
            join interlock.workers w on w.id = x.worker_id and w.status = 'alive'
                and (v_start.requires is null or v_start.requires = any (w.node_types))
            where x.lane = 0 and x.takes_offers and v_start.queue = any (x.queues) and x.offered_assignment_id is null
                and exists (select from pg_stat_get_activity(x.backend_pid))
            limit 1
            for no key update of x skip locked
        )
        update interlock.exchanges x
        set offered_execution_id = v_start.execution_id, offered_assignment_id = v_start.next_id
        from idle i
        where x.worker_id = i.worker_id and x.lane = 0
        returning x.worker_id into v_worker;
    end if;

    insert into interlock.assignments (execution_id, id, version_id, node_no, visit, status, is_indexed, queue, requires, due_at, worker_id,
        previous_assignment_id, change_number, created_at, started_at, ended_at)
    values
        (v_start.execution_id, v_start.start_id, v_start.version_id, v_start.node_no, 1, 'completed', v_start.is_indexed, null, null, null,
            null, null, nextval('interlock.change_numbers'), v_start.now, v_start.now, v_start.now),
        (v_start.execution_id, v_start.next_id, v_start.version_id, v_start.next_node, 1,
            case when v_worker is null then 'pending' else 'running' end, v_start.next_is_indexed, v_start.queue, v_start.requires,
            case when v_worker is null then v_start.now else v_start.now + make_interval(secs => v_start.next_timeout_seconds) end, v_worker,
            v_start.start_id, nextval('interlock.change_numbers'), v_start.now, case when v_worker is not null then v_start.now end, null);

    -- assigned: a perform would be a statement of its own
    v_told := case when v_worker is not null then pg_notify('workflow_changes', 'offer ' || v_worker) is null
        else interlock.wake_workers(array[v_start.queue]) is null end;
    return ('[{"execution_id":"' || v_start.execution_id || '","created":true}]')::json;
end $$;

-- Announces which of these executions have ended, on the channel execution_ended: a status, and the ids of executions with that status. At most 200 ids in
-- a notification, which may have 7,999 bytes. Listeners receive it after the commit, so they see the end.
-- Transition: none. Caller: update_statuses, end_executions; only if a listener is registered. complete_execution announces its one end itself. Locks,
-- errors: none.
-- A repeat announces them again.
create function interlock.announce_ends(p_executions uuid[]) returns void language plpgsql set search_path = '' as $$
begin
    perform pg_notify('execution_ended', ended.status || ' ' || string_agg(ended.id::text, ','))
    from (
        select e.id, e.status, (row_number() over (partition by e.status) - 1) / 200 as part
        from interlock.executions e
        where e.id = any (p_executions) and e.ended_at is not null
    ) ended
    group by ended.status, ended.part;
end $$;

-- Registers a process that listens on the channel execution_ended, or prolongs its lease; forgets listeners whose lease has run out.
-- Transition: none. Caller: EndListener, when a notification has proved that it hears, and three times in each lease. Locks: the listener's row.
-- Errors:  IL013 bad_request.
-- Returns whether it was not registered until now, so that it may have missed ends. A repeat prolongs the lease.
-- The order that loses no end: listen, register, commit, look at the executions. A transaction that ends one of them and did not see the listener may
-- commit after that look: so the listener looks again, with pauses that double.
create function interlock.register_listener(p_id uuid, p_name text, p_lease_seconds integer) returns boolean
language plpgsql set search_path = '' as $$
declare
    v_now       timestamptz := interlock.now();
    v_was_known boolean;
begin
    perform interlock.require_read_committed();
    if p_id is null or p_name is null or p_lease_seconds is null or p_lease_seconds not between 1 and 3600 then
        perform interlock.raise_error('IL013', 'A listener needs an id, a name and a lease of 1 to 3600 seconds.');
    end if;
    v_was_known := exists (select from interlock.listeners l where l.id = p_id and l.expires_at > v_now);
    insert into interlock.listeners (id, name, expires_at) values (p_id, p_name, v_now + make_interval(secs => p_lease_seconds))
    on conflict (id) do update set name = excluded.name, expires_at = excluded.expires_at;
    delete from interlock.listeners l
    where l.id in (select x.id from interlock.listeners x where x.expires_at <= v_now for update skip locked);
    return not v_was_known;
end $$;

-- Forgets a listener, so that ends are no longer announced to it.
-- Transition: none. Caller: EndListener, when it stops. Locks: the listener's row. Errors: none. A repeat changes nothing.
create function interlock.remove_listener(p_id uuid) returns void language plpgsql set search_path = '' as $$
begin
    delete from interlock.listeners l where l.id = p_id;
end $$;

-- Returns the value of a compiled template in the scope of one visit, or SQL null if it is not a simple one: then a worker evaluates it.
-- Programs: {"literal": any} | {"path": [root, key, …]} | {"text": [program, …]}; roots: input, context, subject, execution.
create or replace function interlock.evaluate_program(p_program jsonb, p_input jsonb, p_context jsonb, p_subject text, p_execution_id uuid) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    v_root  text;
    v_path  text[];
    v_scope jsonb;
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
    for v_place in 0 .. jsonb_array_length(p_program -> 'text') - 1 loop
        v_value := interlock.evaluate_program(p_program -> 'text' -> v_place, p_input, p_context, p_subject, p_execution_id);
        if v_value is null or jsonb_typeof(v_value) in ('object', 'array')
                or (jsonb_typeof(v_value) = 'number' and (v_value #>> '{}') !~ '^-?[0-9]{1,18}$') then
            return null;                                                  -- only the workers' code defines how these values read as text
        end if;
        v_text := v_text || coalesce(v_value #>> '{}', 'null');
    end loop;
    return to_jsonb(v_text);
end $$;

-- Resolves a visit of IF, SWITCH or ROUTER to the ports of the rules that hold. Null if a rule is not simply true or false: then a worker decides.
-- Caller: resolve_inline. Changes nothing.
create or replace function interlock.resolve_choose(
    p_inline jsonb, p_input jsonb, p_context jsonb, p_subject text, p_execution_id uuid, p_now timestamptz
) returns interlock.resolution
language plpgsql stable set search_path = '' as $$
declare
    v_result interlock.resolution;
    v_rules  jsonb := p_inline -> 'rules';
    v_vars   jsonb := jsonb_build_object('context', p_context, 'subject', to_jsonb(p_subject));
    v_rule   jsonb;
    v_holds  boolean;
begin
    if strpos(v_rules::text, '$execution') > 0 then
        v_vars := v_vars || jsonb_build_object('execution', interlock.execution_scope(p_execution_id));
    end if;
    -- counted: a loop over a select starts an executor for each visit
    for v_place in 0 .. jsonb_array_length(v_rules) - 1 loop
        v_rule := v_rules -> v_place;
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

-- Writes completed visits whose tokens all go to one join, puts the tokens there, and begins the join if it has all of them: what finish, place_tokens,
-- choose_joins and begin_standing would do one after another, in one statement. See joining_nodes.
-- Transition: running -> completed; (new), holding -> holding | pending | running | completed.
-- Caller:  record_general, with the locks of the executions. Errors: none of its own. A repeat finds the visits ended, and takes nothing.
-- Takes all results of an execution or none. It is running and not suspended, and no visit of the join has begun. A join that this leaves holding is looked
-- at by choose_joins, as every other one.
-- Returns the positions of the results that it took, and the wave that follows.
-- p_locked: the executions that are locked; null: all.
create function interlock.finish_into_joins(
    p_results interlock.ending[], p_locked uuid[], p_taker interlock.taker, p_now timestamptz, out taken bigint[], out wave interlock.wave
)
language plpgsql set search_path = '' as $$
begin
    with reported as (
        select f.ord, f.execution_id, f.id, f.output, j.version_id, j.join_node, j.slot
        from unnest(p_results) with ordinality f (execution_id, id, was, outcome, worker_id, attempt, output, ports, error, context, due_at, wait_for,
            retries, losses, requires, leaves, ends_execution, tries, ord)
        left join interlock.assignments a on f.outcome = 'completed' and f.ports is null and f.context is null
            and a.execution_id = f.execution_id and a.id = f.id and interlock.is_plain_attempt(a, f.worker_id, f.attempt)
        left join interlock.joining_nodes j on j.version_id = a.version_id and j.node_no = a.node_no
    ), arriving as (
        select r.execution_id, min(r.version_id) as version_id, min(r.join_node) as join_node, array_agg(r.ord order by r.ord) as ords,
               array_agg(r.id order by r.ord) as ids, array_agg(r.slot order by r.ord) as slots, array_agg(r.output order by r.ord) as outputs
        from reported r
        where p_locked is null or r.execution_id = any (p_locked)
        group by r.execution_id
        having count(*) = count(r.join_node) and min(r.join_node) = max(r.join_node) and count(*) = count(distinct r.slot)
    ), standing as materialized (
        select g.*, n.queue, n.requires, n.needs_worker, n.timeout_seconds, h.id as holding_id, n.slot_count,
               (n.requires is null or n.requires = any ((p_taker).node_types)) and n.needs_worker as may_be_handed,
               -- it has all tokens, or nothing else is open that could bring one
               coalesce(present.count, 0) + cardinality(g.slots) = n.slot_count or (
                   select true from interlock.assignments o
                   where o.execution_id = g.execution_id and o.ended_at is null and o.id <> all (g.ids) and o.id is distinct from h.id limit 1) is null as begins
        from arriving g
        cross join lateral (                                              -- offset: found by its key, here and below
            select x.status, x.suspended_at from interlock.executions x where x.id = g.execution_id offset 0
        ) e
        cross join lateral (
            select x.queue, x.requires, x.needs_worker, x.timeout_seconds, x.slot_count
            from interlock.nodes x where x.version_id = g.version_id and x.node_no = g.join_node offset 0
        ) n
        left join lateral (
            select x.id, x.status, x.visit from interlock.assignments x
            where x.execution_id = g.execution_id and x.node_no = g.join_node and x.is_indexed and x.parent_assignment_id is null
            order by x.visit desc limit 1
        ) h on true
        left join lateral (
            select count(*) as count, bool_or(t.slot = any (g.slots)) as is_filled from interlock.tokens t
            where h.id is not null and t.execution_id = g.execution_id and t.join_node = g.join_node and t.visit = h.visit
        ) present on true
        where e.status = 'running' and e.suspended_at is null and (h.id is null or h.status = 'holding' and h.visit = 1 and present.is_filled is not true)
    ), merged as (
        select s.*, case when s.begins and not s.needs_worker then (
                   select coalesce(jsonb_object_agg(pair.key, pair.value order by o.slot), '{}')
                   from (
                       select u.slot, u.output from unnest(s.slots, s.outputs) u (slot, output)
                       union all
                       select t.slot, coalesce(b.output, interlock.output_of(b.execution_id, b.id))
                       from interlock.tokens t
                       cross join lateral (
                           select x.execution_id, x.id, x.output from interlock.assignments x
                           where x.execution_id = t.execution_id and x.id = t.from_assignment_id offset 0
                       ) b
                       where s.holding_id is not null and t.execution_id = s.execution_id and t.join_node = s.join_node and t.visit = 1
                   ) o
                   cross join lateral jsonb_each(o.output) pair) end as input,
               row_number() over (partition by s.queue, s.begins and s.may_be_handed order by s.execution_id) as hand_no
        from standing s
    ), decided as materialized (
        select m.*, coalesce(m.holding_id, interlock.uuidv7()) as id,
               case
                   when not m.begins then 'holding'
                   when not m.needs_worker then 'completed'
                   when m.may_be_handed and m.hand_no <= coalesce((p_taker).capacities[array_position((p_taker).queues, m.queue)], 0) then 'running'
                   else 'pending' end as status
        from merged m
    ), finished as (
        update interlock.assignments a
        set status = 'completed', ended_at = p_now, output = f.output, due_at = null, error = null, requires = null,
            change_number = nextval('interlock.change_numbers')
        from (select s.execution_id, u.id, u.output from standing s, unnest(s.ids, s.outputs) u (id, output) offset 0) f
        where a.execution_id = f.execution_id and a.id = f.id
        returning 1
    ), stored as (
        insert into interlock.tokens (execution_id, join_node, visit, slot, from_assignment_id, token_number)
        select s.execution_id, s.join_node, 1, t.slot, t.id, nextval('interlock.change_numbers')
        from standing s, unnest(s.slots, s.ids) t (slot, id)
        where (select count(*) from finished) > 0                         -- numbered after them
        returning 1
    ), opened as (
        insert into interlock.assignments (execution_id, id, version_id, node_no, visit, status, is_indexed, queue, requires, due_at, worker_id, claim_request,
            previous_assignment_id, output, change_number, created_at, started_at, ended_at)
        select d.execution_id, d.id, d.version_id, d.join_node, 1, d.status, true, d.queue, case when d.begins then d.requires end,
               case d.status when 'pending' then p_now when 'running' then p_now + make_interval(secs => d.timeout_seconds) end,
               case when d.status = 'running' then (p_taker).worker_id end, case when d.status = 'running' then (p_taker).request end,
               d.ids[1], d.input, nextval('interlock.change_numbers'), p_now, case when d.status in ('running', 'completed') then p_now end,
               case when d.status = 'completed' then p_now end
        from decided d
        where d.holding_id is null and (select count(*) from stored) > 0
    ), begun as (
        update interlock.assignments a
        set status = d.status, requires = d.requires,
            due_at = case d.status when 'pending' then p_now when 'running' then p_now + make_interval(secs => d.timeout_seconds) end,
            worker_id = case when d.status = 'running' then (p_taker).worker_id end,
            claim_request = case when d.status = 'running' then (p_taker).request end, output = d.input, witness_id = null, witness_slot = null,
            change_number = nextval('interlock.change_numbers'), started_at = case when d.status <> 'pending' then p_now end,
            ended_at = case when d.status = 'completed' then p_now end
        from decided d
        where d.begins and (select count(*) from stored) > 0 and a.execution_id = d.execution_id and a.id = d.holding_id
    )
    select array(select u.ord from standing s, unnest(s.ords) u (ord) order by 1),
           array_agg(row(d.execution_id, d.id, d.version_id, d.join_node, null, null, null, null)::interlock.departure order by d.execution_id)
               filter (where d.status = 'completed'),
           array_agg(row(d.execution_id, d.id, d.queue)::interlock.handed_assignment order by d.execution_id) filter (where d.status = 'running'),
           array_agg(d.queue order by d.execution_id) filter (where d.status = 'pending'),
           array_agg(d.execution_id) filter (where d.status in ('pending', 'running'))
    into taken, wave.leaving, wave.handed, wave.pending_queues, wave.active
    from decided d;
end $$;

-- Ends an execution whose path has ended, and announces it, if it has no open visit; else it leaves the status to update_statuses. It is the quick way for one
-- execution that reached its end by plain results alone.
-- Transition: execution running -> completed, or as update_statuses.
-- Caller:  the lean path, with the lock of the execution. Errors: none. A repeat changes nothing.
create function interlock.complete_execution(p_execution_id uuid, p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
declare
    v_is_heard boolean;
    v_told     boolean;                                                   -- assigned: a perform would be a statement of its own
begin
    update interlock.executions e
    set status = 'completed', ended_at = p_now, change_number = nextval('interlock.change_numbers')
    where e.id = p_execution_id and e.ended_at is null and e.started_at is not null
        and (select true from interlock.assignments a where a.execution_id = p_execution_id and a.ended_at is null limit 1) is null
    returning coalesce((select true from interlock.listeners l where l.expires_at > p_now limit 1), false) into v_is_heard;
    if v_is_heard then
        v_told := pg_notify('execution_ended', 'completed ' || p_execution_id) is null;
    elsif v_is_heard is null then
        v_told := interlock.update_statuses(array[p_execution_id], p_now) is null;
    end if;
end $$;

-- Ends executions: cancels their open visits, and frees the locks that they held.
-- Transition: execution pending, running, waiting, paused -> completed | failed | cancelled | timed_out.
-- Caller:  apply_wave, cancel, sweep_deadlines, fail_broken_execution; with the locks of the executions. Errors: none. A repeat changes nothing.
-- Cancels at most 5000 open visits at once; if there are more, the executions end all the same, and ticks cancel the rest.
create or replace function interlock.end_executions(p_ended interlock.ended_execution[], p_now timestamptz) returns void
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
    if found then
        perform interlock.announce_ends(array(select x.id from unnest(p_ended) x)) from interlock.listeners l where l.expires_at > p_now limit 1;
    end if;
end $$;

-- Writes how visits end, are parked, or return to their queue; no other function does.
-- Transition: running -> completed | failed | waiting | pending; waiting -> completed | failed; any open status -> cancelled.
-- Caller:  record_results, finish_due, cancel_assignments, cancel_assignment, give_up_worker, fail_doomed, release_ordered; with the locks of the executions.
-- Errors:  none of its own. Leaves out an ending whose visit is no longer what it was, so a repeat changes nothing.
-- Returns the positions in p_endings of the endings that were written, and the wave that follows. Visits of ordered nodes that are parked behind an earlier
-- one are among those that leave: release_ordered decides when.
-- p_revokes: workers that run one of these visits learn it from their next heartbeat.
create or replace function interlock.finish(
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
            requires = case when f.outcome = 'pending' then coalesce(f.requires, a.requires) end,
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

-- Sets the status of executions by their open visits; an execution without one has completed.
-- Transition: execution pending, running, waiting, paused -> running | waiting | paused | completed.
-- No exists(): PostgreSQL may plan it as a hash of everything that is open in the database.
-- Caller:  advance, with the locks of the executions. Errors: none. A repeat changes nothing.
create or replace function interlock.update_statuses(p_executions uuid[], p_now timestamptz) returns void
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
    if found then
        perform interlock.announce_ends(p_executions) from interlock.listeners l where l.expires_at > p_now limit 1;
    end if;
end $$;

-- Returns what a retry from this visit leaves out: what followed from it, the joins that wait for it again, and what followed from these. Caller: retry.
create function interlock.left_out(p_execution_id uuid, p_from uuid, p_version_id integer) returns uuid[] language plpgsql stable set search_path = '' as $$
declare
    v_joins uuid[] := interlock.waiting_again(p_execution_id, p_from, p_version_id);
begin
    return v_joins || interlock.descendants_of(p_execution_id, p_from || v_joins);
end $$;

-- Marks the visit that a retry begins again from, or its tokens if it is a join that holds, and the tokens of the joins that hold again, as late for what
-- they would be late for if that visit had been open all the time.
-- Caller:  retry, after take_over. Errors: none. A repeat changes nothing more.
create function interlock.mark_again(p_execution_id uuid, p_version_id integer, p_from uuid, p_dropped uuid[]) returns void
language plpgsql set search_path = '' as $$
begin
    update interlock.assignments a
    set late_for = m.marks || coalesce(a.late_for, '{}')
    from (
        select f.id, interlock.marks_again(f.execution_id, f.id, f.version_id, f.node_no) as marks
        from interlock.assignments f
        where f.execution_id = p_execution_id and f.id = p_from and f.status <> 'holding'
    ) m
    where a.execution_id = p_execution_id and a.id = m.id and m.marks is not null;

    update interlock.tokens t
    set late_for = m.marks || coalesce(t.late_for, '{}')
    from (
        select k.join_node, k.visit, k.slot, interlock.marks_again(k.execution_id, k.from_assignment_id, p_version_id, k.join_node) as marks
        from interlock.assignments h
        join interlock.tokens k on k.execution_id = h.execution_id and k.join_node = h.node_no and k.visit = h.visit
        where h.execution_id = p_execution_id and h.id = any (p_from || p_dropped) and h.status = 'holding'
    ) m
    where t.execution_id = p_execution_id and t.join_node = m.join_node and t.visit = m.visit and t.slot = m.slot and m.marks is not null;
end $$;

-- Returns the marks that a visit would carry if it had been open all the time and stood at this node: of the first visit of each first or count join that
-- went with what it needs, that can be reached from the node, and that comes after those that the visit followed from. Null if there is none.
-- Caller: mark_again.
create function interlock.marks_again(p_execution_id uuid, p_assignment_id uuid, p_version_id integer, p_node_no integer) returns jsonb
language sql stable as $$
    with passed as materialized (select p.* from interlock.passed_visits(p_execution_id, p_assignment_id) p)
    select pg_catalog.jsonb_object_agg(m.node_no::text, m.visit)
    from (
        select a.node_no, min(a.visit) as visit
        from interlock.nodes n
        join interlock.assignments a on a.execution_id = p_execution_id and a.node_no = n.node_no and a.parent_assignment_id is null
        where n.version_id = p_version_id and n.join_kind in ('first', 'count') and n.node_no <> p_node_no
            and interlock.reaches_join(p_version_id, p_node_no, n.node_no)
            and a.status <> 'holding' and a.visit > coalesce((select p.visit from passed p where p.node_no = a.node_no), 0)
            and n.join_count <= (
                select count(*) from interlock.tokens t
                where t.execution_id = a.execution_id and t.join_node = a.node_no and t.visit = a.visit and not t.late)
        group by a.node_no
    ) m
$$;

-- Returns the nodes that an assignment followed from, over connections and joins, its own included, each with the latest of these visits.
-- Callers: waiting_again, marks_again. In a loop, visits of a node up to that one began before the assignment was there.
create function interlock.passed_visits(p_execution_id uuid, p_assignment_id uuid) returns table (node_no integer, visit integer)
language sql stable as $$
    with recursive came as (
        select p_assignment_id as id
        union
        select l.from_id
        from came c
        join interlock.assignments a on a.execution_id = p_execution_id and a.id = c.id
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
        cross join lateral (
            select a.previous_assignment_id as from_id
            where coalesce(n.join_kind, 'each') = 'each' and a.previous_assignment_id is not null
            union all
            select t.from_assignment_id from interlock.tokens t
            where t.execution_id = a.execution_id and t.join_node = a.node_no and t.visit = a.visit and not t.late
        ) l
    )
    select a.node_no, max(a.visit)
    from came c
    join interlock.assignments a on a.execution_id = p_execution_id and a.id = c.id
    group by a.node_no
$$;

-- Retries what failed, or runs again from a node, as a new execution. Completed visits are taken over by reference; visits that the failure cancelled are
-- restored with their tokens and due times; visits that were done but had not left yet leave; failed visits begin anew with the same idempotency keys.
-- Transition: (new) execution -> running | waiting | paused | completed.
-- Caller:  an operator. A repeat creates another execution, unless it has the same idempotency key: then it returns the existing one.
-- Locks:   the old execution; the key of its workflow's lock.
-- Errors:  IL001, IL013 bad_request (the key belongs to another execution), IL015 execution_not_ended, IL016 nothing_to_retry, IL017 lock_held,
--          IL018 version_incompatible.
-- p_from_node: run again from its latest visit; left_out says what is left out. p_newest: use the workflow's current version.
create or replace function interlock.retry(p_execution_id uuid, p_from_node text default null, p_newest boolean default false, p_by text default null,
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
    v_dropped    uuid[] := '{}';                                          -- left out
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
        v_dropped := interlock.left_out(p_execution_id, v_from[1], v_version_id);
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
    if cardinality(v_from) > 0 and (interlock.traits_of(array[v_new])).has_counts then
        perform interlock.mark_again(v_new, v_version_id, v_from[1], v_dropped);
    end if;
    perform interlock.record_audit('retry', p_by,
        jsonb_build_object('retried_from', v_old.id, 'from_node', p_from_node, 'newest', p_newest),
        v_now, v_new);

    v_unsent := interlock.unsent_assignments(v_old.id, v_again || v_dropped);
    if v_version_id <> v_old.version_id then
        v_missing := interlock.visited_again(v_new, v_version_id, v_unsent);
        if v_missing is not null then
            perform interlock.raise_error('IL018', format('The newest version leads to %s, which this execution has already visited.', v_missing),
                p_hint => 'Retry on the same version, or run again from a node before them.');
        end if;
    end if;
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

-- Fills a new execution with the state of an old one. Ids stay the same, so that links between visits stay true; outputs stay in the old execution and are
-- referred to. The context is built from the changes of the visits that are taken over.
-- Transition: (new) -> any status. Caller: retry, with both executions locked. Errors: none of its own.
-- A visit that held a lock while it waited asks for it again. p_again: visits that begin anew. p_dropped: visits that are left out, but joins among them
-- keep the tokens that other visits brought.
create or replace function interlock.take_over(
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
           case when s.anew or a.id = any (p_dropped) then 1 else a.visits_since_wait end, s.status,
           n.is_indexed, n.ordered,
           case when s.status = 'holding' or s.status = 'pending' and n.needs_worker or s.was_queued and not s.anew then n.queue when n.by_cron then '' end,
           case when n.needs_worker then n.requires end,
           case s.status when 'pending' then case when s.anew then p_now else greatest(p_now, coalesce(nullif(s.due_at, 'infinity'), p_now)) end
                         when 'waiting' then s.due_at end,
           case when s.status = 'waiting' then s.wait_for end,
           a.assigned_to,
           case when a.previous_assignment_id = any (p_dropped) then (    -- a join that holds again: the first token that it keeps
               select t.from_assignment_id from interlock.tokens t
               where t.execution_id = p_new and t.join_node = n.node_no and t.visit = a.visit and not t.late
               order by t.token_number limit 1)
               else a.previous_assignment_id end,
           a.parent_assignment_id,
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

-- Names the nodes of which an execution has a visit, which this version visits only once, and to which something open still leads; null if there is none.
-- Caller: retry, with an execution that was taken over into another version. p_unsent: visits that are done and leave next.
create function interlock.visited_again(p_execution_id uuid, p_version_id integer, p_unsent uuid[]) returns text language sql stable as $$
    with recursive ahead as (
        select c.to_node
        from interlock.assignments a
        join interlock.connections c on c.version_id = p_version_id and c.from_node = a.node_no and c.type = 'MAIN'
        where a.execution_id = p_execution_id and a.parent_assignment_id is null and (a.ended_at is null or a.id = any (p_unsent))
        union
        select c.to_node
        from ahead h
        join interlock.connections c on c.version_id = p_version_id and c.from_node = h.to_node and c.type = 'MAIN'
    )
    select pg_catalog.string_agg(distinct n.node_id, ', ')
    from ahead h
    join interlock.nodes n on n.version_id = p_version_id and n.node_no = h.to_node and not n.is_repeatable
    where exists (
        select from interlock.assignments a
        where a.execution_id = p_execution_id and a.node_no = n.node_no and a.parent_assignment_id is null and a.status <> 'holding')
$$;

-- Returns the visits of joins that went with fewer tokens than they need in this version and that a visit, when it is run again, can bring one to: they went
-- because it had brought none. In a loop, visits of a join that this visit followed from went before it was there; they and earlier ones are not returned.
-- Caller: left_out.
create function interlock.waiting_again(p_execution_id uuid, p_assignment_id uuid, p_version_id integer) returns uuid[] language sql stable as $$
    with passed as materialized (select p.* from interlock.passed_visits(p_execution_id, p_assignment_id) p)
    select coalesce(pg_catalog.array_agg(a.id), '{}')
    from interlock.assignments f
    -- the slots of each join that the visit can bring a token to without passing the join
    join interlock.reaches r on r.version_id = p_version_id and r.from_node = (
        select max(m.from_node) from interlock.reaches m
        where m.version_id = p_version_id and m.join_node = r.join_node
            and m.from_node <= interlock.node_in_version(f.version_id, f.node_no, p_version_id))
        and r.to_node >= interlock.node_in_version(f.version_id, f.node_no, p_version_id)
    join interlock.nodes n on n.version_id = p_version_id and n.node_no = r.join_node
    join interlock.assignments a on a.execution_id = f.execution_id and a.parent_assignment_id is null
        and a.node_no = interlock.node_in_version(p_version_id, r.join_node, f.version_id)
    cross join lateral (
        select count(*) filter (where not t.late) as on_time,
               array_agg(interlock.slot_in_version(a.version_id, a.node_no, t.slot, p_version_id)) as slots
        from interlock.tokens t
        where t.execution_id = a.execution_id and t.join_node = a.node_no and t.visit = a.visit
    ) has
    where f.execution_id = p_execution_id and f.id = p_assignment_id
        and a.visit > coalesce((select p.visit from passed p where p.node_no = a.node_no), 0)
        and not (a.status = 'cancelled' and a.error ->> 'code' = 'late')
        and has.on_time between 1 and coalesce(n.join_count, n.slot_count) - 1
        and exists (select from generate_series(r.from_slot, r.to_slot) s (slot) where s.slot <> all (has.slots))
$$;

-- Returns the visit that a start began for this worker since its last exchange, with everything that its executor needs; null if there is none, or an
-- exchange has returned it. Caller: a worker that was told of it. Changes nothing.
-- Only the first visit after START is offered, and only if its node reads nothing but its input: so the row is the one that reply would build.
create function interlock.get_offer(p_worker_id uuid) returns json
language plpgsql set search_path = '' as $$
declare
    v_offer json;
begin
    select json_build_object(
        'execution_id', e.id, 'assignment_id', a.id, 'version_id', a.version_id, 'node_no', a.node_no, 'visit', a.visit, 'attempt', a.attempt,
        'loss_count', a.loss_count, 'deadline_at', a.due_at, 'subject', e.subject,
        'idempotency_key', coalesce(e.root_id, e.id) || ':' || n.node_id || ':' || a.visit, 'input', e.input, 'context', '{}'::json, 'nodes', '{}'::json,
        'execution', json_build_object('id', e.id, 'started_at', e.started_at, 'trace_parent', e.trace_parent))
    into v_offer
    from interlock.exchanges x
    join interlock.assignments a on a.execution_id = x.offered_execution_id and a.id = x.offered_assignment_id and a.status = any (array['running'])
        and a.worker_id = p_worker_id and a.claim_request is null
    join interlock.executions e on e.id = a.execution_id
    join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
    where x.worker_id = p_worker_id and x.lane = 0;
    return v_offer;
end $$;

-- Registers a worker process. p_details may have `node_types`: the TYPE/SUBTYPE names that it has executors for.
-- Transition: (new) worker alive. Caller: a worker, the API for a user's worker. Locks: the worker's row.
-- Errors:  IL011 worker_lost (the id was given up), IL031 not_allowed (another user's worker). A repeat with the same id refreshes it.
create or replace function interlock.register_worker(
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
    insert into interlock.exchanges (worker_id, lane) values (p_worker_id, 0), (p_worker_id, 1) on conflict do nothing;
    return jsonb_build_object('worker_id', p_worker_id);
end $$;

-- Tells listening workers that something new can be done, if one of them has capacity for it. The last statement of a transaction.
-- Caller: every function that leaves something pending. p_queues: the queues; an element that is null is for a virtual user.
create or replace function interlock.wake_workers(p_queues text[], p_except uuid default null) returns void
language plpgsql set search_path = '' as $$
begin
    if cardinality(p_queues) > 0 then
        perform pg_notify('workflow_changes', (select coalesce(string_agg(distinct q, ','), 'virtual') from unnest(p_queues) q))
        from interlock.exchanges x
        where x.worker_id is distinct from p_except and (x.queues && p_queues or array_position(p_queues, null) is not null and x.queues <> '{}')
        limit 1;
    end if;
end $$;

-- Raises what is wrong with a call of exchange, which found that something is. Measuring a payload that is larger than 8 MiB as stored is left to it.
-- Errors: IL013 bad_request, IL091. Caller: exchange. Changes nothing.
create function interlock.check_exchange(p_request bigint, p_results jsonb, p_queues text[], p_limits integer[]) returns void
language plpgsql set search_path = '' as $$
begin
    perform interlock.require_read_committed();
    if jsonb_typeof(p_results) is distinct from 'array' then
        perform interlock.raise_error('IL013', 'The results must be an array.');
    elsif jsonb_array_length(p_results) > 1000 or pg_column_size(p_results) > 8388608 and octet_length(p_results::text) > 12582912 then
        perform interlock.raise_error('IL013', 'One exchange takes at most 1000 results, of 8 MiB of JSON text together.', p_hint => 'Split them over several exchanges.');
    elsif p_request is null then
        perform interlock.raise_error('IL013', 'An exchange needs the number of its request.');
    elsif cardinality(p_queues) is distinct from cardinality(p_limits) or 0 > any (p_limits) or array_position(p_limits, null) is not null
            or '' = any (p_queues) then
        perform interlock.raise_error('IL013', 'Each queue needs a name and a limit of 0 or more.');
    end if;
end $$;

-- Claims one assignment that was lost with two workers already, if this worker runs nothing else; else lets the worker finish its assignments first.
-- Transition: pending -> running.
-- Caller:  claim_assignments. Locks: the execution, the assignment and the key's row, skip locked; the worker's exchanges, behind a start that makes it an
--          offer. Errors: none. A repeat claims another one.
-- drained: the worker must claim nothing else now.
create or replace function interlock.claim_alone(
    p_taker interlock.taker, p_busy boolean, p_now timestamptz, out claimed interlock.visit_id[], out drained boolean
)
language plpgsql set search_path = '' as $$
declare
    v_due     record;
    v_is_only boolean;
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
    -- the other lane may be claiming at this moment, and a start may be offering a visit; looked at after the locks, in a statement of its own
    v_is_only := not p_busy and pg_try_advisory_xact_lock(hashtextextended((p_taker).worker_id::text, 0));
    if v_is_only then
        perform from interlock.exchanges x where x.worker_id = (p_taker).worker_id for no key update;
    end if;
    if not v_is_only or exists (
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
    set alone_execution_id = v_due.execution_id, alone_assignment_id = v_due.id, queues = '{}'
    where x.worker_id = (p_taker).worker_id;                             -- in both lanes: each looks at its own row alone, and no start offers a visit
    drained := true;
end $$;

-- Claims due assignments, oldest first, from each queue for which the worker has capacity.
-- Transition: pending -> running.
-- Caller:  exchange_all.
-- Locks:   the execution and the assignment of each, skip locked; waits for nothing.
-- p_busy: this exchange already handed the worker an assignment. p_plain, p_special: something plain may be due; something that needs a lock, an executor
-- or has to run alone.
create function interlock.claim_assignments(
    p_taker interlock.taker, p_busy boolean, p_plain boolean, p_special boolean, p_now timestamptz, out claimed interlock.visit_id[], out open_queues text[]
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
        if p_plain then
            v_found := interlock.claim_plain((p_taker).queues[v_queue], v_capacity, (p_taker).worker_id, (p_taker).request, p_now);
            claimed := claimed || v_found;
            v_capacity := v_capacity - coalesce(cardinality(v_found), 0);
        end if;
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
create or replace function interlock.claim_plain(p_queue text, p_capacity integer, p_worker_id uuid, p_request bigint, p_now timestamptz)
returns interlock.visit_id[]
language plpgsql set search_path = '' as $$
declare
    v_claimed interlock.visit_id[];
begin
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
    if v_claimed is not null then
        perform interlock.take_assignments(v_claimed, p_worker_id, p_request, p_now);
    end if;
    return v_claimed;
end $$;

-- Claims due assignments of one queue that need a lock, or an executor that not every worker has. An assignment whose lock is held is passed over until the
-- lock is free.
-- Transition: pending -> running.
-- Caller:  claim_assignments. Locks: the execution, the assignment and the key's row of each, skip locked.
create or replace function interlock.claim_special(
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
    if v_claimed is not null then
        perform interlock.take_assignments(v_claimed, p_worker_id, p_request, p_now);
    end if;
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

-- Takes a worker's results and claims due assignments for it, in one round trip.
-- Transition: running -> completed | failed | waiting | pending, and their executions go on; pending -> running for claimed assignments.
-- Caller:  a worker, the API. A repeat with the same request number returns the same and changes nothing.
--          A worker may have two exchanges under way, one in each lane: even and odd request numbers. Each lane counts up on its own.
-- Locks:   advisory transaction locks on the worker's id (shared) and on its lane; the executions of the results, by id, skip locked (a third try waits);
--          claimed rows, skip locked.
-- Errors:  IL010 worker_unknown, IL011 worker_lost, IL012 request_out_of_order, IL013 bad_request, IL091.
-- Answers, one per result: ok, repeated, busy (send again), IL001 assignment_not_found, IL002 assignment_lost,
--          IL004 result_malformed, IL099 internal_error (its execution could not be moved, and has failed).
-- A single result without `tries` may raise whatever is wrong with its execution, because nothing here can be undone alone, see exchange_one_plain. Sent again
-- with `tries`, it is answered.
-- p_limits: how many the worker can take now from each queue. 8 MiB of compact JSON are at most 12 MiB here, where it is printed with blanks.
-- p_slim: the reply leaves out what the worker knows, see reply. p_offers: the worker listens, so that a start may begin a visit for it, see
-- start_one_plain; counts in lane 0.
create function interlock.exchange(
    p_worker_id uuid, p_request bigint, p_results jsonb, p_queues text[], p_limits integer[], p_slim boolean default false,
    p_offers boolean default false
) returns json
language plpgsql set search_path = '' as $$
declare
    v_reply   json;
    v_known   record;
    v_outcome interlock.exchange_outcome;
    v_waits   boolean;
    v_offer   record;
    v_offered interlock.visit_id[];
    v_stays   boolean := false;                                           -- an offer that another transaction holds
begin
    -- one expression: PL/pgSQL prepares each one anew in every transaction
    if not (current_setting('transaction_isolation') = 'read committed' and jsonb_typeof(p_results) = 'array' and jsonb_array_length(p_results) <= 1000
            and pg_column_size(p_results) <= 8388608 and p_request is not null and cardinality(p_queues) = cardinality(p_limits)
            and 0 <= all (p_limits) and '' <> all (p_queues)) is true then
        perform interlock.check_exchange(p_request, p_results, p_queues, p_limits);
    end if;
    -- no row locks: an idle exchange writes nothing. Assigned, because a perform would be a statement of its own.
    v_waits := pg_advisory_xact_lock_shared(hashtextextended(p_worker_id::text, 0)) is not null
        and pg_advisory_xact_lock(hashtextextended(p_worker_id::text, 1 + (p_request & 1))) is not null;
    if jsonb_array_length(p_results) = 1 then
        v_reply := interlock.exchange_one_plain(p_worker_id, p_request, p_results -> 0, p_queues, p_limits, p_slim, p_offers);
        if v_reply is not null then
            return v_reply;
        end if;
    end if;
    select clock.now, w.status, w.node_types, x.last_request, x.answers, x.queues, coalesce(x.handed_count, 0) as handed_count,
           x.alone_assignment_id is not null as is_alone, x.takes_offers, x.offered_execution_id, x.offered_assignment_id, x.returned_offer, x.backend_pid,
           exists (select from interlock.claimable_assignments a where a.queue = any (p_queues) and a.due_at <= clock.now) as has_plain,
           exists (select from interlock.claimable_special_assignments a where a.queue = any (p_queues) and a.due_at <= clock.now) as has_special
    into v_known
    from (select interlock.now() as now) clock
    left join interlock.workers w on w.id = p_worker_id
    left join interlock.exchanges x on x.worker_id = p_worker_id and x.lane = (p_request & 1);
    if v_known.status is distinct from 'alive' or p_request <= v_known.last_request then
        if v_known.status is null then
            perform interlock.raise_error('IL010', format('No worker %s is registered.', p_worker_id), p_hint => 'Call register_worker first.');
        elsif v_known.status <> 'alive' then
            perform interlock.raise_error('IL011', format('The worker %s was given up (%s).', p_worker_id, v_known.status),
                p_hint => 'Drop its work and register under a new id.');
        elsif p_request < v_known.last_request then
            perform interlock.raise_error('IL012', format('Request %s came after request %s.', p_request, v_known.last_request));
        end if;
        return interlock.reply_of(v_known.answers, jsonb_array_length(p_results), p_worker_id, p_request, p_queues, p_slim, v_known.returned_offer,
            v_known.now);
    end if;

    begin
        v_outcome := interlock.exchange_all(p_worker_id, p_request, p_results, p_queues, p_limits, v_known.node_types, v_known.handed_count,
            v_known.is_alone, v_known.has_plain, v_known.has_special, true, p_slim, v_known.now);
    exception when others then
        if interlock.is_passing_error(sqlstate) then
            raise;
        end if;
        raise warning 'interlock.exchange: % (%), now one result at a time', sqlerrm, sqlstate;
        v_outcome := interlock.exchange_one_by_one(p_worker_id, p_request, p_results, p_queues, p_limits, v_known.node_types, v_known.handed_count,
            v_known.is_alone, v_known.now);
    end;

    if v_known.offered_assignment_id is not null then
        v_offer := interlock.take_offered(v_known.offered_execution_id, v_known.offered_assignment_id, p_worker_id, p_request);
        v_offered := v_offer.taken;
        v_stays := v_offer.is_held;
        v_outcome.claimed := v_outcome.claimed || v_offered;
    end if;
    if jsonb_array_length(p_results) > 0 or v_outcome.claimed is not null or v_known.offered_assignment_id is not null
            or v_known.queues is distinct from v_outcome.open_queues or v_known.takes_offers <> (p_offers and p_request & 1 = 0)
            or p_offers and v_known.backend_pid is distinct from pg_backend_pid() then
        update interlock.exchanges x
        set last_request = p_request, answers = v_outcome.answers, handed_count = v_outcome.handed_count, takes_offers = p_offers and p_request & 1 = 0,
            returned_offer = v_offered[1].id, backend_pid = pg_backend_pid(), queues = v_outcome.open_queues,
            -- an offer that was made since this exchange looked stays, and is the only one
            offered_execution_id = case when v_stays or x.offered_assignment_id is distinct from v_known.offered_assignment_id then x.offered_execution_id end,
            offered_assignment_id = case when v_stays or x.offered_assignment_id is distinct from v_known.offered_assignment_id then x.offered_assignment_id end
        where x.worker_id = p_worker_id and x.lane = (p_request & 1);
    end if;
    if v_outcome.pending_queues is not null then
        perform interlock.wake_workers(v_outcome.pending_queues, p_worker_id);
    end if;
    return interlock.reply(v_outcome.answers, jsonb_array_length(p_results), v_outcome.claimed, v_outcome.handed,
        -- plain results leave nothing that time moves, and the worker looks again soon after any result
        case when v_outcome.claimed is null and v_outcome.handed is null
            and not (p_slim and jsonb_array_length(p_results) > 0 and v_outcome.left_over is null) then p_queues end,
        p_slim, v_offered[1].id, v_known.now);
end $$;

-- Does the work of exchange for all results together: plain ones by the lean path, the rest by the general one.
-- Transition: see record_plain, record_results, advance and claim_assignments.
-- Caller:  exchange, exchange_one_by_one. Locks: the executions of the results, by id, skip locked. Errors: data_exception for a malformed id, if p_lean.
-- p_alone: the worker was given an assignment to run alone, and may still run it. p_plain, p_special: such assignments may be due in its queues.
-- p_lean: the lean path may be taken.
create function interlock.exchange_all(
    p_worker_id uuid, p_request bigint, p_results jsonb, p_queues text[], p_limits integer[], p_node_types text[], p_handed_count integer,
    p_alone boolean, p_plain boolean, p_special boolean, p_lean boolean, p_slim boolean, p_now timestamptz
) returns interlock.exchange_outcome
language plpgsql set search_path = '' as $$
declare
    v_outcome    interlock.exchange_outcome;
    v_general    record;
    v_claim      record;
    v_plain_due  boolean := p_plain;
    v_special    boolean := p_special;
    -- after 5000 handed-over assignments, the oldest due one comes first
    v_hands_over boolean := not (p_handed_count >= 5000
        or p_alone and interlock.works_alone(p_worker_id) or p_special and interlock.has_lonely_work(p_queues, p_node_types, p_now));
    v_taker      interlock.taker := row(p_worker_id, p_request, p_queues,
        case when v_hands_over then p_limits else array_fill(0, array[cardinality(p_limits)]) end, p_node_types)::interlock.taker;
begin
    if p_lean and jsonb_array_length(p_results) > 0 then
        v_outcome := interlock.record_plain(p_results, p_slim, v_taker, p_now);
    else
        v_outcome.left_over := p_results;
        v_outcome.capacities := v_taker.capacities;
    end if;
    if jsonb_array_length(v_outcome.left_over) > 0 then
        v_taker.capacities := v_outcome.capacities;
        v_general := interlock.record_general(v_outcome.left_over, v_taker, p_now);
        v_outcome.answers := case
            when v_outcome.taken is not null and v_general.answers is not null
                then interlock.merge_answers(jsonb_array_length(p_results), v_outcome.taken, v_general.answers)
            else v_general.answers end;
        v_outcome.claimed := v_outcome.claimed || v_general.claimed;
        v_outcome.handed_count := coalesce(v_outcome.handed_count, 0) + coalesce(cardinality(v_general.claimed), 0);
        v_outcome.pending_queues := v_outcome.pending_queues || v_general.pending_queues;
        v_outcome.capacities := v_general.capacities;
        -- it may have left something due at once
        v_plain_due := true;
        v_special := v_special or v_general.pending_queues is not null and interlock.has_special_work(p_queues, p_now);
    end if;

    v_outcome.handed_count := p_handed_count + coalesce(v_outcome.handed_count, 0);
    if not v_hands_over then
        v_outcome.capacities := p_limits;
        -- what follows the results is pending, with older ones
        v_plain_due := true;
        v_special := v_special or interlock.has_special_work(p_queues, p_now);
    end if;
    if not (v_plain_due or v_special or p_alone) and 0 < all (v_outcome.capacities) then
        v_outcome.open_queues := p_queues;                                -- nothing to claim
        return v_outcome;
    elsif p_alone and interlock.works_alone(p_worker_id) then
        v_outcome.open_queues := '{}';
        return v_outcome;
    end if;
    v_claim := interlock.claim_assignments(
        row(p_worker_id, p_request, p_queues, v_outcome.capacities, p_node_types)::interlock.taker,
        v_outcome.claimed is not null or v_outcome.handed is not null, v_plain_due, v_special, p_now);
    if v_claim.claimed is not null then
        v_outcome.claimed := v_outcome.claimed || v_claim.claimed;
        v_outcome.handed_count := 0;
    end if;
    v_outcome.open_queues := v_claim.open_queues;
    return v_outcome;
end $$;

-- Does the work of exchange if something in the batch raised: each result in a step of its own, so that one that raises fails its execution and no other.
-- Transition: as exchange. Caller: exchange. Locks: as exchange. Errors: those of the moment (is_passing_error).
create or replace function interlock.exchange_one_by_one(
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
            v_step := interlock.exchange_all(p_worker_id, p_request, jsonb_build_array(v_result), p_queues, v_nobody, p_node_types, 0, p_alone, true, true,
                false, false, p_now);
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
        v_step := interlock.exchange_all(p_worker_id, p_request, '[]', p_queues, p_limits, p_node_types, p_handed_count, p_alone, true, true, false,
            false, p_now);
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

-- Does all the work of exchange if a worker reports one plain result, nothing is due in its queues, and it has capacity left: the frequent case of a system that
-- is not busy. Few statements of few parts start sooner than many; see record_plain for what plain means.
-- Transition: running -> completed; (new) -> running | pending for the successor; see complete_execution for the execution.
-- Caller:  exchange, with its advisory locks. Locks: the execution, skip locked; then the row of the worker's lane. Errors: none of its own.
-- A repeat is left to exchange, as is everything that is not so simple: then this returns null, and nothing but the lock was taken.
create function interlock.exchange_one_plain(
    p_worker_id uuid, p_request bigint, p_result jsonb, p_queues text[], p_limits integer[], p_slim boolean, p_offers boolean
) returns json
language plpgsql set search_path = '' as $$
declare
    v_known record;
    v_ended record;
    v_moves boolean;
begin
    -- one expression: see exchange. What is malformed is left to parse_results: nothing here may raise, because nothing here is undone alone.
    if not (interlock.takes_lean_path() and not p_result ?| '{ahead,echo,tries}' and 1 < all (p_limits)
            and length(p_result ->> 'execution_id') = 36 and (p_result ->> 'execution_id') || (p_result ->> 'assignment_id')
                like '________-____-____-____-____________________-____-____-____-____________'
            and translate((p_result ->> 'execution_id') || (p_result ->> 'assignment_id'), '0123456789abcdef', '') = '--------'
            and interlock.is_plain_result(p_result ->> 'outcome', p_result -> 'output', p_result -> 'port', p_result -> 'context')) is true then
        return null;
    end if;
    select clock.now, w.node_types, x.handed_count, e.id as execution_id, (p_result ->> 'assignment_id')::uuid as assignment_id
    into v_known
    from (select clock_timestamp() + coalesce((select c.shift from interlock.test_clock c), '0') as now) clock    -- now(), without a call
    join interlock.workers w on w.id = p_worker_id and w.status = 'alive'
    join interlock.exchanges x on x.worker_id = p_worker_id and x.lane = (p_request & 1) and x.last_request < p_request and x.handed_count < 5000
        and x.alone_assignment_id is null and (x.offered_assignment_id is null or x.offered_assignment_id = (p_result ->> 'assignment_id')::uuid)
    join interlock.executions e on e.id = (p_result ->> 'execution_id')::uuid and e.ended_at is null and e.status = 'running' and e.suspended_at is null
    where not exists (select from interlock.claimable_assignments a where a.queue = any (p_queues) and a.due_at <= clock.now)
        and not exists (select from interlock.claimable_special_assignments a where a.queue = any (p_queues) and a.due_at <= clock.now)
    for no key update of e skip locked;
    if not found then
        return null;
    end if;

    update interlock.assignments a
    set status = 'completed', ended_at = v_known.now, output = p_result -> 'output', due_at = null, error = null, requires = null,
        change_number = nextval('interlock.change_numbers')
    from interlock.plain_nodes n
    where a.execution_id = v_known.execution_id and a.id = v_known.assignment_id
        and interlock.is_plain_attempt(a, p_worker_id, a.attempt) and a.attempt::text = p_result ->> 'attempt'
        and n.version_id = a.version_id and n.node_no = a.node_no and n.branch = 1 and n.branch_count = 1
    returning a.version_id, n.next_node, n.queue, n.requires, n.timeout_seconds, n.is_indexed,
        n.queue = any (p_queues) and (n.requires is null or n.requires = any (v_known.node_types)) as is_handed, n.reads_input_only,
        interlock.uuidv7() as next_id
    into v_ended;
    if not found then
        return null;
    end if;

    if v_ended.next_node is null then
        v_moves := interlock.complete_execution(v_known.execution_id, v_known.now) is not null;    -- assigned: a perform would be a statement of its own
    else
        insert into interlock.assignments (execution_id, id, version_id, node_no, visit, status, is_indexed, queue, requires, due_at, worker_id,
            claim_request, previous_assignment_id, change_number, created_at, started_at)
        values (v_known.execution_id, v_ended.next_id, v_ended.version_id, v_ended.next_node, 1, case when v_ended.is_handed then 'running' else 'pending' end,
            v_ended.is_indexed, v_ended.queue, v_ended.requires,
            case when v_ended.is_handed then v_known.now + make_interval(secs => v_ended.timeout_seconds) else v_known.now end,
            case when v_ended.is_handed then p_worker_id end, case when v_ended.is_handed then p_request end, v_known.assignment_id,
            nextval('interlock.change_numbers'), v_known.now, case when v_ended.is_handed then v_known.now end);
    end if;
    -- an offer that was made since this exchange looked stays
    update interlock.exchanges x
    set last_request = p_request, answers = null, handed_count = v_known.handed_count + coalesce(v_ended.is_handed, false)::integer,
        takes_offers = p_offers and p_request & 1 = 0, returned_offer = null, backend_pid = pg_backend_pid(), queues = p_queues,
        offered_execution_id = nullif(x.offered_execution_id, v_known.execution_id),
        offered_assignment_id = nullif(x.offered_assignment_id, v_known.assignment_id)
    where x.worker_id = p_worker_id and x.lane = (p_request & 1);
    if p_slim and (v_ended.next_node is null or v_ended.is_handed and v_ended.reads_input_only) then
        return '{"answers":null,"assignments":[],"handed":[' || case when v_ended.is_handed then '[0,"' || v_ended.next_id || '"]' else '' end
            || '],"now":' || to_json(v_known.now) || ',"offered":null,"next_due_seconds":null}';      -- as reply builds it
    elsif v_ended.is_handed is false then
        perform interlock.wake_workers(array[v_ended.queue], p_worker_id);
    end if;
    return interlock.reply(null, 1, case when v_ended.is_handed then array[row(v_known.execution_id, v_ended.next_id)::interlock.visit_id] end, null,
        case when not p_slim and v_ended.is_handed is not true then p_queues end, p_slim, null, v_known.now);
end $$;

-- Returns whether a visit is the attempt that this worker holds, and nothing but its own node decides what follows it.
create function interlock.is_plain_attempt(p_visit interlock.assignments, p_worker_id uuid, p_attempt integer) returns boolean language sql stable as $$
    select (p_visit).status = 'running' and (p_visit).worker_id = p_worker_id and (p_visit).attempt = p_attempt
        and (p_visit).late_for is null and (p_visit).ports is null and (p_visit).parent_assignment_id is null
$$;

-- Returns whether a result is plain: completed with an object, through `main`, without a change of the context. It says nothing about its node: see plain_nodes.
create function interlock.is_plain_result(p_outcome text, p_output jsonb, p_port jsonb, p_context jsonb) returns boolean language sql stable as $$
    select coalesce(p_outcome = 'completed' and coalesce(p_port, 'null') in ('null', '"main"') and coalesce(p_context, 'null') = 'null'
        and pg_catalog.jsonb_typeof(p_output) = 'object' and not interlock.is_too_deep(p_output), false)
$$;

-- Returns the answers to all results of an exchange: ok to those that the lean path took, and the answers of the general path to the others, in order.
create function interlock.merge_answers(p_count integer, p_taken bigint[], p_answers text[]) returns text[]
language plpgsql stable set search_path = '' as $$
begin
    return (
        select array_agg(case when n.is_taken then 'ok' else p_answers[n.nth] end order by n.ord)
        from (
            select o.ord, t.ord is not null as is_taken, count(*) filter (where t.ord is null) over (order by o.ord) as nth
            from generate_series(1, p_count) o (ord)
            left join (select u.ord from unnest(p_taken) u (ord)) t on t.ord = o.ord
        ) n);
end $$;

-- Inserts the visits that a worker ran ahead of its report: nodes without side effects that follow a result over plain_nodes, in one execution.
-- Transition: (new) -> completed.
-- Caller:  record_plain, with the locks of p_executions. Errors: none of its own. A repeat finds the visit of the result ended, and inserts nothing.
-- A result may have `ahead`: [[node_no, output], …], at most 50, in the order in which they ran. All of them are taken or none: the execution is open, not
-- suspended and before its deadline, the result's visit is still this worker's attempt, each node is the only plain successor of the one before and reads
-- nothing but its input, the worker serves its queue and has its executor, and what follows the last one is plain too. What is not taken had no effect.
-- Returns the results; those whose visits were taken have `taken`: node_no, id and output of the last one, and change_number for their own change.
create function interlock.record_ahead(p_results jsonb, p_executions uuid[], p_taker interlock.taker, p_now timestamptz) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_results jsonb;
    c_most    constant integer := 50;
begin
    with reported as (
        select r.ord, r.execution_id, r.assignment_id, a.version_id, a.node_no, r.ahead
        from rows from (jsonb_to_recordset(p_results) as (execution_id uuid, assignment_id uuid, attempt integer, outcome text, output jsonb, port jsonb,
                context jsonb, ahead jsonb)) with ordinality
            r (execution_id, assignment_id, attempt, outcome, output, port, context, ahead, ord)
        join interlock.executions e on e.id = r.execution_id and (e.deadline_at is null or e.deadline_at > p_now)
        join interlock.assignments a on a.execution_id = r.execution_id and a.id = r.assignment_id
        where jsonb_typeof(r.ahead) = 'array' and jsonb_array_length(r.ahead) between 1 and c_most
            and r.execution_id = any (p_executions)
            and interlock.is_plain_result(r.outcome, r.output, r.port, r.context) and interlock.is_plain_attempt(a, (p_taker).worker_id, r.attempt)
    ), stepped as (
        select r.ord, r.execution_id, r.assignment_id, r.version_id, s.step, step.node_no, s.item -> 1 as output,
               coalesce(lag(step.node_no) over (partition by r.ord order by s.step), r.node_no) as from_node,
               s.step = jsonb_array_length(r.ahead) as is_last
        from reported r
        cross join lateral jsonb_array_elements(r.ahead) with ordinality s (item, step)
        cross join lateral (select case when s.item ->> 0 ~ '^[0-9]{1,9}$' then (s.item ->> 0)::integer end as node_no) step
    ), judged as (
        select s.*, p.is_indexed, p.queue, p.requires,
               bool_and(coalesce(p.branch_count = 1 and p.next_node = s.node_no and p.reads_input_only and p.queue = any ((p_taker).queues)
                   and (p.requires is null or p.requires = any ((p_taker).node_types))
                   and interlock.is_plain_result('completed', s.output, null, null)
                   and (not s.is_last or l.branch is not null), false)) over (partition by s.ord) as is_taken
        from stepped s
        left join interlock.plain_nodes p on p.version_id = s.version_id and p.node_no = s.from_node and p.branch = 1
        left join interlock.plain_nodes l on s.is_last and l.version_id = s.version_id and l.node_no = s.node_no and l.branch = 1
    ), numbered as materialized (
        -- in order: the change of the result's own visit comes before those that follow
        select t.*, case when t.step = 1 then nextval('interlock.change_numbers') end as first_number, interlock.uuidv7() as id,
               nextval('interlock.change_numbers') as change_number
        from (select j.* from judged j where j.is_taken order by j.ord, j.step offset 0) t
    ), inserted as (
        insert into interlock.assignments (execution_id, id, version_id, node_no, visit, status, is_indexed, queue, worker_id, claim_request,
            previous_assignment_id, output, change_number, created_at, started_at, ended_at)
        select n.execution_id, n.id, n.version_id, n.node_no, 1, 'completed', n.is_indexed, n.queue, (p_taker).worker_id, (p_taker).request,
               coalesce(lag(n.id) over (partition by n.ord order by n.step), n.assignment_id), n.output, n.change_number, p_now, p_now, p_now
        from numbered n
    )
    -- grouped, not joined: the planner expects few results, and would compare each of them with each visit
    select jsonb_agg(case
               when g.id is null then g.item - 'ahead' - 'taken'
               else g.item - 'ahead' || jsonb_build_object('taken', jsonb_build_object('node_no', g.node_no, 'id', g.id, 'output', g.output,
                   'change_number', g.first_number))
           end order by g.ord)
    into v_results
    from (
        select u.ord, (array_agg(u.item) filter (where u.step = 0))[1] as item, max(u.first_number) as first_number,
               max(u.node_no) filter (where u.is_last) as node_no, (array_agg(u.id) filter (where u.is_last))[1] as id,
               (array_agg(u.output) filter (where u.is_last))[1] as output
        from (
            select i.ord, 0 as step, i.item, false as is_last, null::bigint as first_number, null::integer as node_no, null::uuid as id, null::jsonb as output
            from jsonb_array_elements(p_results) with ordinality i (item, ord)
            union all
            select n.ord, n.step, null, n.is_last, n.first_number, n.node_no, n.id, n.output
            from numbered n
            where n.step = 1 or n.is_last
        ) u
        group by u.ord
    ) g;
    return v_results;
end $$;

-- Records results of any kind, and moves their executions on.
-- Transition: see record_results and advance. Caller: exchange_all. Locks: the executions of the results, by id, skip locked. Errors: none of its own.
-- Answers: see record_results; null: all ok. claimed: visits that p_taker was handed.
create function interlock.record_general(
    p_results jsonb, p_taker interlock.taker, p_now timestamptz,
    out answers text[], out claimed interlock.visit_id[], out capacities integer[], out pending_queues text[]
)
language plpgsql set search_path = '' as $$
declare
    v_results    interlock.ending[] := interlock.parse_results(p_results, (p_taker).worker_id, p_now);
    v_executions uuid[] := array(select distinct r.execution_id from unnest(v_results) r where r.execution_id is not null);
    v_locked     record := interlock.lock_executions(v_executions, array(select r.execution_id from unnest(v_results) r where r.tries >= 3));
    v_traits     interlock.traits := interlock.traits_of_versions(v_locked.versions);
    v_all_locked boolean := cardinality(v_locked.locked) = cardinality(v_executions);
    v_joined     record;
    v_taken      bigint[] := '{}';                                        -- places of the results whose tokens went to joins
    v_recorded   record;
    v_wave       interlock.wave;
    v_progress   interlock.progress;
begin
    if (v_traits).has_joins and interlock.takes_lean_path() and cardinality(v_results)::bigint * (v_traits).max_fan_out <= (v_traits).budget then
        v_joined := interlock.finish_into_joins(v_results, case when not v_all_locked then v_locked.locked end, p_taker, p_now);
        v_taken := v_joined.taken;
        v_traits.budget := (v_traits).budget - cardinality(v_taken);
    end if;
    if v_taken = '{}' then
        v_recorded := interlock.record_results((p_taker).worker_id, v_results, v_locked.locked, v_all_locked, v_traits, p_now);
        answers := v_recorded.answers;
        v_wave := v_recorded.wave;
    elsif cardinality(v_taken) = cardinality(v_results) then
        v_wave := v_joined.wave;
    else
        v_recorded := interlock.record_results((p_taker).worker_id, array(
            select r.ending from (
                select row(u.execution_id, u.id, u.was, u.outcome, u.worker_id, u.attempt, u.output, u.ports, u.error, u.context, u.due_at, u.wait_for,
                    u.retries, u.losses, u.requires, u.leaves, u.ends_execution, u.tries)::interlock.ending as ending, u.ord
                from unnest(v_results) with ordinality u (execution_id, id, was, outcome, worker_id, attempt, output, ports, error, context, due_at, wait_for,
                    retries, losses, requires, leaves, ends_execution, tries, ord)
            ) r
            where r.ord not in (select t.ord from unnest(v_taken) t (ord))
            order by r.ord), v_locked.locked, v_all_locked, v_traits, p_now);
        if v_recorded.answers is not null then
            answers := interlock.merge_answers(cardinality(v_results), v_taken, v_recorded.answers);
        end if;
        v_wave := v_recorded.wave;
        v_wave.leaving := (v_joined.wave).leaving || v_wave.leaving;
        v_wave.handed := (v_joined.wave).handed;
        v_wave.active := (v_joined.wave).active;
        v_wave.pending_queues := (v_joined.wave).pending_queues || v_wave.pending_queues;
    end if;
    v_progress := interlock.advance(v_locked.locked, v_wave, v_traits, p_taker, p_now);
    claimed := (select array_agg(row(h.execution_id, h.id)::interlock.visit_id) from unnest(v_progress.handed) h);
    capacities := v_progress.capacities;
    pending_queues := v_progress.pending_queues;
end $$;

-- The lean path: writes results after which one visit of another node begins, or a path ends, and nothing else can happen; see plain_nodes. It does for them
-- what record_general would do, in two statements. Everything that it does not take is left to the general path.
-- Transition: running -> completed; (new) -> running | pending for the successors; see update_statuses for executions.
-- Caller:  exchange_all. Locks: the executions of the results, by id, skip locked. Errors: data_exception if an id is malformed.
-- A repeat finds the visits ended, and leaves their results to the general path.
-- Only an execution that reports one result is taken: results of one execution take effect together.
-- Returns which results it took (taken), those that are left, and the successors that the worker got: `handed`, see reply, if it needs to be sent no more,
-- else `claimed`.
create function interlock.record_plain(p_results jsonb, p_slim boolean, p_taker interlock.taker, p_now timestamptz) returns interlock.exchange_outcome
language plpgsql set search_path = '' as $$
declare
    v_outcome interlock.exchange_outcome;
    v_count   integer := jsonb_array_length(p_results);
    v_results jsonb := p_results;
    v_locked  record;
    v_queues  text[];                                                     -- of what was handed, one for each
    v_ended   uuid[];
    v_moves   boolean;
    -- ids that differ in their last four digits: a random number for each visit costs more than its lookups
    v_ids     text := left(interlock.uuidv7()::text, 32);
begin
    -- a budget that is lower than usual is counted by the general path
    if not interlock.takes_lean_path() or v_count > 1 and interlock.visits_per_transaction() < 1000
            or jsonb_path_exists(p_results, '$[*].tries ? (@ >= 3)') then
        v_outcome.left_over := p_results;
        v_outcome.capacities := (p_taker).capacities;
        return v_outcome;
    end if;

    select array_agg(l.id) filter (where l.is_plain) as executions, count(*) filter (where l.is_plain) as count,
           jsonb_path_exists(p_results, '$[*].ahead') as runs_ahead
    into v_locked
    from (
        select e.id, e.status = 'running' and e.suspended_at is null as is_plain
        from interlock.executions e
        where e.id = any (array(select (item ->> 'execution_id')::uuid from jsonb_array_elements(p_results) item)) and e.ended_at is null
        order by e.id
        for no key update skip locked
    ) l;
    if v_locked.count < v_count then
        -- some execution is held by somebody else, is suspended, or reports several results
        v_locked.executions := array(
            select (item ->> 'execution_id')::uuid as id from jsonb_array_elements(p_results) item group by 1 having count(*) = 1
            intersect select unnest(v_locked.executions));
        if v_locked.executions = '{}' then
            v_outcome.left_over := p_results;
            v_outcome.capacities := (p_taker).capacities;
            return v_outcome;
        end if;
    end if;

    if v_locked.runs_ahead then
        v_results := interlock.record_ahead(p_results, v_locked.executions, p_taker, p_now);
    end if;

    with finished as (
        update interlock.assignments a
        set status = 'completed', ended_at = p_now, output = r.output, due_at = null, error = null, requires = null,
            change_number = coalesce((ahead.taken ->> 'change_number')::bigint, nextval('interlock.change_numbers'))
        from rows from (jsonb_to_recordset(v_results) as (execution_id uuid, assignment_id uuid, attempt integer, outcome text, output jsonb, port jsonb,
                context jsonb, echo boolean, taken jsonb)) with ordinality
            r (execution_id, assignment_id, attempt, outcome, output, port, context, echo, taken, ord),
            -- only what record_ahead wrote counts, never what was sent
            lateral (select case when v_locked.runs_ahead then r.taken end as taken) ahead,
            interlock.plain_nodes n
        where interlock.is_plain_result(r.outcome, r.output, r.port, r.context)
            and (v_locked.count = v_count or r.execution_id = any (v_locked.executions))
            and a.execution_id = r.execution_id and a.id = r.assignment_id
            and interlock.is_plain_attempt(a, (p_taker).worker_id, r.attempt)
            and n.version_id = a.version_id and n.node_no = a.node_no and n.branch = 1
        returning r.ord, case when r.echo then coalesce(ahead.taken -> 'output', r.output) end as echo, a.execution_id,
            coalesce((ahead.taken ->> 'id')::uuid, a.id) as id, a.version_id,
            coalesce((ahead.taken ->> 'node_no')::integer, a.node_no) as node_no, ahead.taken is not null as runs_ahead, n.branch, n.branch_count, n.next_node,
            n.queue, n.requires, n.timeout_seconds, n.is_indexed, n.reads_input_only
    ), leaving as (
        select f.* from finished f where not f.runs_ahead
        union all
        -- the other branches of a fork; and what follows the last visit that ran ahead
        select f.ord, f.echo, f.execution_id, f.id, f.version_id, f.node_no, f.runs_ahead, n.branch, n.branch_count, n.next_node, n.queue, n.requires,
               n.timeout_seconds, n.is_indexed, n.reads_input_only
        from finished f
        join interlock.plain_nodes n on n.version_id = f.version_id and n.node_no = f.node_no and (n.branch > 1 or f.runs_ahead)
        where f.branch_count > 1 or f.runs_ahead
    ), following as materialized (
        select l.*, (v_ids || lpad(to_hex(l.ord * 8 + l.branch), 4, '0'))::uuid as next_id,
               -- the worker is handed as many as it has capacity for, in order
               row_number() over (partition by l.hand_place order by l.ord, l.branch) <= (p_taker).capacities[l.hand_place] as is_handed
        from (
            select a.*, case when a.requires is null or a.requires = any ((p_taker).node_types) then array_position((p_taker).queues, a.queue) end as hand_place
            from leaving a
        ) l
    ), opened as (
        insert into interlock.assignments (execution_id, id, version_id, node_no, visit, status, is_indexed, queue, requires, due_at, worker_id,
            claim_request, previous_assignment_id, change_number, created_at, started_at)
        select f.execution_id, f.next_id, f.version_id, f.next_node, 1, case when f.is_handed then 'running' else 'pending' end, f.is_indexed, f.queue,
               f.requires, case when f.is_handed then p_now + make_interval(secs => f.timeout_seconds) else p_now end,
               case when f.is_handed then (p_taker).worker_id end, case when f.is_handed then (p_taker).request end, f.id,
               nextval('interlock.change_numbers'), p_now, case when f.is_handed then p_now end
        from following f
        where f.next_node is not null
    )
    select array_agg(f.ord) filter (where f.branch = 1),
           string_agg('[' || f.ord - 1 || ',"' || f.next_id || case
               when f.branch_count > 1 or f.runs_ahead then '",' || coalesce(f.echo::text, 'null') || ',' || f.next_node || ']'
               when f.echo is not null then '",' || f.echo::text || ']'
               else '"]' end, ',')
               filter (where f.is_handed and p_slim and f.reads_input_only),
           array_agg(row(f.execution_id, f.next_id)::interlock.visit_id) filter (where f.is_handed and not (p_slim and f.reads_input_only)),
           count(*) filter (where f.is_handed),
           array_agg(f.queue) filter (where f.is_handed and cardinality((p_taker).queues) > 1),
           array_agg(f.execution_id) filter (where f.next_node is null),
           array_agg(f.queue) filter (where f.next_node is not null and f.is_handed is not true),
           case when cardinality((p_taker).queues) = 1 then array[(p_taker).capacities[1] - count(*) filter (where f.is_handed)] end,
           case when count(*) filter (where f.branch = 1) < v_count then p_results end
    into v_outcome.taken, v_outcome.handed, v_outcome.claimed, v_outcome.handed_count, v_queues, v_ended, v_outcome.pending_queues, v_outcome.capacities,
        v_outcome.left_over
    from following f;

    if v_ended is not null then
        v_moves := interlock.update_statuses(v_ended, p_now) is not null;    -- assigned: a perform would be a statement of its own
    end if;
    if v_outcome.capacities is null then
        v_outcome.capacities := array(
            select t.capacity - (select count(*)::integer from unnest(v_queues) q where q = t.queue)
            from unnest((p_taker).queues, (p_taker).capacities) with ordinality t (queue, capacity, ord) order by t.ord);
    end if;
    if v_outcome.left_over is not null and v_outcome.taken is not null then
        v_outcome.left_over := (
            select jsonb_agg(p_results -> (o.ord - 1)::integer order by o.ord)
            from (select g.ord from generate_series(1, v_count) g (ord) except select u.ord::integer from unnest(v_outcome.taken) u (ord)) o);
    end if;
    return v_outcome;
end $$;

-- Builds the reply to a worker: the answers to its results, and the assignments that it has to run, each with everything that its executor needs.
-- A slim reply leaves out what the worker knows. answers is null if all are ok. handed: visits that follow one of its results over plain_nodes, as
-- [place of the result from 0, id], [place, id, input] where the result asked for an echo, or [place, id, input or null, node_no] where more than one
-- node follows or the result came with others that ran ahead; an input of null is the last output that was taken. They share everything with the visit that was reported, their input is its output, they are visit 1 and attempt 1, and their time counts
-- from now.
-- offered: the one of its assignments that a start began for this worker, which a notification may have told it before.
-- Caller: exchange, reply_of. Changes nothing.
create function interlock.reply(
    p_answers text[], p_result_count integer, p_claimed interlock.visit_id[], p_handed text, p_queues text[], p_slim boolean, p_offered uuid,
    p_now timestamptz
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
                -- it passes on the output of another visit, or the input of its execution
                when source.output is not null then source.output
                when p.source_execution_id is null then e.input
                else interlock.output_of(p.execution_id, p.id) end,
            'context', case when n.uses_context or n.needs is null then e.context else '{}' end,
            'nodes', case when n.needs <> '{}' or n.needs is null then interlock.node_outputs(a.execution_id, a.version_id, n.needs) else '{}' end,
            'execution', json_build_object('id', e.id, 'started_at', e.started_at, 'trace_parent', e.trace_parent))
            order by f.ord)
        into v_assignments
        from unnest(p_claimed) with ordinality f (execution_id, id, ord)
        join interlock.assignments a on a.execution_id = f.execution_id and a.id = f.id and a.status = c_running
        join interlock.executions e on e.id = f.execution_id
        cross join lateral (
            select x.node_id, x.join_kind, x.uses_context, x.needs from interlock.nodes x
            where x.version_id = a.version_id and x.node_no = a.node_no offset 0
        ) n
        left join interlock.assignments p on p.execution_id = a.execution_id and p.id = a.previous_assignment_id
        left join interlock.assignments source on p.source_id is not null and source.execution_id = coalesce(p.source_execution_id, p.execution_id)
            and source.id = p.source_id;
    end if;
    if p_slim then
        return json_build_object('answers', p_answers, 'assignments', coalesce(v_assignments, '[]'),
            'handed', ('[' || coalesce(p_handed, '') || ']')::json, 'now', p_now, 'offered', p_offered,
            'next_due_seconds', case when p_queues is not null then interlock.next_due_seconds(p_queues, p_now) end);
    end if;
    return json_build_object(
        'answers', coalesce(p_answers, array_fill('ok'::text, array[p_result_count])),
        'assignments', coalesce(v_assignments, '[]'),
        'next_due_seconds', case when p_queues is not null then interlock.next_due_seconds(p_queues, p_now) end);
end $$;

-- Builds the reply to a repeated request: the same as the first time, with those of its assignments that the worker still holds.
create function interlock.reply_of(
    p_answers text[], p_result_count integer, p_worker_id uuid, p_request bigint, p_queues text[], p_slim boolean,
    p_offered uuid, p_now timestamptz
) returns json
language plpgsql set search_path = '' as $$
declare
    v_claimed interlock.visit_id[];
begin
    select array_agg(row(a.execution_id, a.id)::interlock.visit_id order by a.change_number) into v_claimed
    from interlock.assignments a
    where a.ended_at is null and a.status = 'running' and a.worker_id = p_worker_id and a.claim_request = p_request;
    return interlock.reply(p_answers, p_result_count, v_claimed, null, p_queues, p_slim, p_offered, p_now);
end $$;

-- Takes a visit that a start began for this worker and that it has not reported, as one that the request claimed. The worker may know it already, from the
-- notification.
-- Transition: none. Caller: exchange. Locks: the assignment, skip locked. A repeat returns it again, as every claimed one.
-- is_held: another transaction holds it, so that the next exchange has to look again.
create function interlock.take_offered(
    p_execution_id uuid, p_assignment_id uuid, p_worker_id uuid, p_request bigint, out taken interlock.visit_id[], out is_held boolean
)
language plpgsql set search_path = '' as $$
begin
    with offered as (
        select a.execution_id, a.id from interlock.assignments a
        where a.execution_id = p_execution_id and a.id = p_assignment_id and a.status = any (array['running']) and a.worker_id = p_worker_id
            and a.claim_request is null
        for no key update skip locked
    ), claimed as (
        update interlock.assignments a set claim_request = p_request
        from offered o
        where a.execution_id = o.execution_id and a.id = o.id
        returning a.execution_id, a.id
    )
    select array_agg(row(c.execution_id, c.id)::interlock.visit_id) into taken from claimed c;
    is_held := taken is null and exists (
        select from interlock.assignments a
        where a.execution_id = p_execution_id and a.id = p_assignment_id and a.status = any (array['running']) and a.worker_id = p_worker_id
            and a.claim_request is null);
end $$;

-- Returns whether plain results and starts take the lean path. Tests turn it off with the setting interlock.lean_path = off.
create function interlock.takes_lean_path() returns boolean language sql stable as $$
    select coalesce(pg_catalog.current_setting('interlock.lean_path', true), 'on') <> 'off'
$$;

-- Locks the executions that have due visits which were left pending for a virtual user, oldest first, and returns these visits. All that are due in one
-- execution begin together, as they would have in the transaction that left them. Caller: sweep_virtual_users.
-- Locks: the executions and the assignments, skip locked. p_limit: maximum number of visits that executions are found by; at most 10,000 are returned.
create or replace function interlock.lock_due_virtual(p_limit integer, p_now timestamptz) returns interlock.opening[]
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
            order by t.queue, t.due_at
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

-- Returns the number of seconds until the next thing is due that a tick would move; null: nothing is known to come. Leases of workers do not count: workers
-- tick more often than leases expire.
create or replace function interlock.next_tick_seconds(p_now timestamptz) returns double precision language plpgsql stable set search_path = '' as $$
declare
    v_due_at timestamptz := least(
        (select t.due_at from interlock.assignment_timers t where t.due_at < 'infinity' order by t.due_at limit 1),
        (select t.due_at from interlock.virtual_user_timers t where t.due_at < 'infinity' order by t.queue, t.due_at limit 1),
        (select t.due_at from interlock.deadline_timers t order by t.due_at limit 1),
        (select t.due_at from interlock.unsettled_timers t limit 1));
begin
    return case when v_due_at <= p_now then 0 else extract(epoch from v_due_at - p_now)::double precision end;
end $$;

-- Creates the triggers that refuse every change of status that is not a row of the transition tables. Run it again after changing those rows.
-- PostgreSQL parses the condition of a trigger anew in each statement, so it is short: one text of allowed changes, statuses by their first two letters
-- (a check of each table refuses what is no status). After the update: a trigger before it locks the row first, which is written to the WAL.
create or replace function interlock.guard_transitions() returns void language plpgsql set search_path = '' as $$
declare
    v_table    text;
    v_statuses text[];
    v_allowed  text;
begin
    foreach v_table in array array['executions', 'assignments'] loop
        execute format('with statuses as (
                            select t.from_status as status from interlock.%1$I t union select t.to_status from interlock.%1$I t
                        ), allowed as (
                            select t.from_status, t.to_status from interlock.%1$I t union all select s.status, s.status from statuses s
                        )
                        select (select array_agg(s.status) from statuses s),
                               (select string_agg(left(a.from_status, 2) || left(a.to_status, 2), '' '' order by a.from_status, a.to_status) from allowed a)',
            left(v_table, -1) || '_transitions')
        into v_statuses, v_allowed;
        if (select count(distinct left(s, 2)) < cardinality(v_statuses) from unnest(v_statuses) s) then
            raise exception 'two statuses of % begin with the same two letters: %', v_table, v_statuses;
        end if;
        execute format('drop trigger if exists refuse_transition on interlock.%I', v_table);
        execute format('create trigger refuse_transition after update of status on interlock.%I for each row
                        when (strpos(%L, left(old.status, 2) || left(new.status, 2)) = 0)
                        execute function interlock.refuse_transition()', v_table, v_allowed);
    end loop;
end $$;

-- Lists everything that time moves, and when; due_at 'infinity': not by time. Each part is its own view, so that an index finds its first row.

-- Waits, timeouts of attempts, and visits that are parked for their turn.
create view interlock.assignment_timers as
select a.due_at, a.execution_id, a.id as assignment_id
from interlock.assignments a
where a.status in ('running', 'waiting') and a.due_at is not null;

-- Visits that were left for a virtual user. To find the first by the index, order by queue and due_at: PostgreSQL does not see that all queues are null.
create view interlock.virtual_user_timers as
select a.queue, a.due_at, a.execution_id, a.id as assignment_id
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
            'list_executions', 'count_executions', 'get_offer')
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
-- Then:
select interlock.note_plain_nodes(array(select id from interlock.workflow_versions));
