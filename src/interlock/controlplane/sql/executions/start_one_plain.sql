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
    select v.id as version_id, v.workflow_id, w.workspace_id, v.timeout_seconds, n.node_no, n.is_indexed, p.next_node, p.is_indexed as next_is_indexed, p.queue, p.requires,
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
            select p_offers and p.reads_input_only and coalesce(p.timeout_seconds >= 60, true)
                       and not (left(p.queue, 1) = '#' and interlock.is_limited(w.workspace_id)) as may_be_offered, interlock.uuidv7()::text as drawn offset 0
        ) d
    ) o
    where w.id = coalesce(
        (select x.id from interlock.workflows x
         where x.workspace_id = interlock.own_workspace() and x.name = p_workflow and x.deleted_at is null),
        interlock.find_workflow(p_workflow))
        and jsonb_typeof(p_asked -> 'input') = 'object' and interlock.takes_lean_path()
        and interlock.refusal_to_start(p_asked -> 'input', p_asked ->> 'idempotency_key', p_asked ->> 'subject', false) is null
        and not w.workspace_is_full;
    if not found then
        return null;
    end if;

    insert into interlock.executions (id, version_id, workflow_id, status, input, subject, idempotency_key, trace_parent, created_at, started_at,
        deadline_at, change_number, workspace_id)
    values (v_start.execution_id, v_start.version_id, v_start.workflow_id, 'running', v_start.input, v_start.subject, v_start.idempotency_key,
        v_start.trace_parent, v_start.now, v_start.now, v_start.now + make_interval(secs => v_start.timeout_seconds), nextval('interlock.change_numbers'),
        v_start.workspace_id)
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
