-- Starts executions of one workflow, which is given by name or id. A name is looked for in the workspace of the call, in the first one if the call is not
-- limited.
-- Transition: (new) -> pending | running | waiting | completed | failed.
-- Caller:  a client that may run the workflow.
-- Locks:   only the rows that it inserts; with p_offers the exchange of an idle worker, skip locked.
-- p_offers: this call is a transaction of its own, so that it may begin the first visit for an idle worker, see start_one_plain. In a transaction that
-- goes on, the worker would wait for it, and the time of the visit would run out before anybody sees it.
-- Errors:  IL005 workflow_not_found, IL006 version_not_found, IL007 trigger_not_found, IL013 bad_request, IL063 storage_full. An item that does not have the form
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
    select v.id, v.workflow_id, w.workspace_id, w.workspace_is_full, v.version, v.lock_program, v.timeout_seconds, v.virtual_users, n.node_no as start_node, n.is_indexed,
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
        (select x.id from interlock.workflows x
         where x.workspace_id = interlock.own_workspace() and x.name = p_workflow and x.deleted_at is null),
        interlock.find_workflow(p_workflow));
    if not found then
        if interlock.find_workflow(p_workflow) is not null then
            perform interlock.raise_error('IL006', format('The workflow %s has no version %s.', p_workflow, p_version));
        end if;
        perform interlock.raise_error('IL005', format('There is no workflow %s.', p_workflow), p_hint => 'Deploy it first: interlock deploy FILE.');
    elsif v_version.start_node is null then
        perform interlock.raise_error('IL007', format('The workflow %s has no trigger %s.', p_workflow, coalesce(p_trigger, 'TRIGGER_NODE/MANUAL')));
    end if;
    if v_version.workspace_is_full and exists (                           -- a repeat starts nothing
            select from jsonb_array_elements(p_executions) i (item)
            where not exists (
                select from interlock.executions e
                where e.workflow_id = v_version.workflow_id and e.idempotency_key = i.item ->> 'idempotency_key')) then
        perform interlock.require_space(v_version.workspace_id);
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
                   then interlock.lock_key_of(v_version.lock_program, x.input, '{}', x.subject, x.id, v_version.workspace_id) end as lock_key
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
        started_at, deadline_at, change_number, workspace_id)
    select k.id, v_version.id, v_version.workflow_id, case when k.ord <= v_at_once then 'running' else 'pending' end, k.input, k.subject,
           k.idempotency_key, k.lock_key, k.trace_parent, v_now, case when k.ord <= v_at_once then v_now end,
           v_now + make_interval(secs => v_version.timeout_seconds), nextval('interlock.change_numbers'), v_version.workspace_id
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
