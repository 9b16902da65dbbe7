-- Does for a single result what record_plain does for many: three statements of few parts start sooner than one of many parts. A fork, and a result that others
-- ran ahead of, are left to record_plain.
-- Transition: running -> completed; (new) -> running | pending for the successor; see update_statuses for the execution.
-- Caller:  record_plain. Locks: the execution, skip locked. Errors: data_exception if an id is malformed.
-- Returns the outcome as record_plain does; `taken` is null if it took nothing, and left_over then is null if record_plain has to look.
create function interlock.record_one_plain(p_result jsonb, p_slim boolean, p_taker interlock.taker, p_now timestamptz) returns interlock.exchange_outcome
language plpgsql set search_path = '' as $$
declare
    v_outcome      interlock.exchange_outcome;
    v_execution_id uuid := (p_result ->> 'execution_id')::uuid;
    v_ended        record;
    v_next_id      uuid;
    v_is_handed    boolean;
    v_moves        boolean;
    v_place        integer;                                               -- of the successor's queue among those of the worker
begin
    v_outcome.capacities := (p_taker).capacities;
    v_outcome.left_over := jsonb_build_array(p_result);
    if not interlock.is_plain_result(p_result ->> 'outcome', p_result -> 'output', p_result -> 'port', p_result -> 'context') then
        return v_outcome;
    end if;
    perform from interlock.executions e
    where e.id = v_execution_id and e.ended_at is null and e.status = 'running' and e.suspended_at is null
    for no key update skip locked;
    if not found then
        return v_outcome;
    end if;

    update interlock.assignments a
    set status = 'completed', ended_at = p_now, output = p_result -> 'output', due_at = null, error = null, requires = null,
        change_number = nextval('interlock.change_numbers')
    from interlock.plain_nodes n
    where a.execution_id = v_execution_id and a.id = (p_result ->> 'assignment_id')::uuid
        and interlock.is_plain_attempt(a, (p_taker).worker_id, (p_result ->> 'attempt')::integer)
        and n.version_id = a.version_id and n.node_no = a.node_no and n.branch = 1 and n.branch_count = 1
    returning a.id, a.version_id, n.next_node, n.queue, n.requires, n.timeout_seconds, n.is_indexed, n.reads_input_only into v_ended;
    if not found then
        if exists (
            select from interlock.assignments a
            join interlock.plain_nodes n on n.version_id = a.version_id and n.node_no = a.node_no and n.branch = 1 and n.branch_count > 1
            where a.execution_id = v_execution_id and a.id = (p_result ->> 'assignment_id')::uuid)
        then
            v_outcome.left_over := null;
        end if;
        return v_outcome;
    end if;
    v_outcome.taken := '{1}';
    v_outcome.left_over := null;
    if v_ended.next_node is null then
        v_outcome.handed_count := 0;
        v_moves := interlock.update_statuses(array[v_execution_id], p_now) is not null;    -- assigned: a perform would be a statement of its own
        return v_outcome;
    end if;

    v_place := case when v_ended.requires is null or v_ended.requires = any ((p_taker).node_types) then array_position((p_taker).queues, v_ended.queue) end;
    v_is_handed := coalesce((p_taker).capacities[v_place] > 0, false);
    insert into interlock.assignments (execution_id, id, version_id, node_no, visit, status, is_indexed, queue, requires, due_at, worker_id,
        claim_request, previous_assignment_id, change_number, created_at, started_at)
    values (v_execution_id, interlock.uuidv7(), v_ended.version_id, v_ended.next_node, 1, case when v_is_handed then 'running' else 'pending' end,
        v_ended.is_indexed, v_ended.queue, v_ended.requires,
        case when v_is_handed then p_now + make_interval(secs => v_ended.timeout_seconds) else p_now end,
        case when v_is_handed then (p_taker).worker_id end, case when v_is_handed then (p_taker).request end, v_ended.id,
        nextval('interlock.change_numbers'), p_now, case when v_is_handed then p_now end)
    returning id into v_next_id;
    v_outcome.handed_count := v_is_handed::integer;
    if not v_is_handed then
        v_outcome.pending_queues := array[v_ended.queue];
        return v_outcome;
    end if;
    v_outcome.capacities[v_place] := (p_taker).capacities[v_place] - 1;
    if p_slim and v_ended.reads_input_only then
        v_outcome.handed := '[0,"' || v_next_id || case when p_result -> 'echo' = 'true' then '",' || (p_result -> 'output')::text || ']' else '"]' end;
    else
        v_outcome.claimed := array[row(v_execution_id, v_next_id)::interlock.visit_id];
    end if;
    return v_outcome;
end $$;
