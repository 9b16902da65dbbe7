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
    select clock.now, w.node_types, served.queues, x.handed_count, e.id as execution_id, (p_result ->> 'assignment_id')::uuid as assignment_id
    into v_known
    from (select clock_timestamp() + coalesce((select c.shift from interlock.test_clock c), '0') as now) clock    -- now(), without a call
    join interlock.workers w on w.id = p_worker_id and w.status = 'alive' and (w.queue_keys is null or p_queues = w.queues or p_queues = '{}')
    cross join lateral (select case when p_queues = '{}' then p_queues else coalesce(w.queue_keys, p_queues) end as queues) served
    join interlock.exchanges x on x.worker_id = p_worker_id and x.lane = (p_request & 1) and x.last_request < p_request and x.handed_count < 5000
        and x.alone_assignment_id is null and (x.offered_assignment_id is null or x.offered_assignment_id = (p_result ->> 'assignment_id')::uuid)
    join interlock.executions e on e.id = (p_result ->> 'execution_id')::uuid and e.ended_at is null and e.status = 'running' and e.suspended_at is null
    where not exists (select from interlock.claimable_assignments a where a.queue = any (served.queues) and a.due_at <= clock.now)
        and not exists (select from interlock.claimable_special_assignments a where a.queue = any (served.queues) and a.due_at <= clock.now)
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
        n.queue = any (v_known.queues) and (n.requires is null or n.requires = any (v_known.node_types)) as is_handed, n.reads_input_only,
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
        takes_offers = p_offers and p_request & 1 = 0, returned_offer = null, backend_pid = pg_backend_pid(), queues = v_known.queues,
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
        case when not p_slim and v_ended.is_handed is not true then v_known.queues end, p_slim, null, v_known.now);
end $$;
