-- Assignments whose time has come: a wait for time is over; anything else has timed out.
-- Transition: waiting -> completed | failed; running -> pending | failed. Caller: sweep_timers, with the locks of the executions.
create function interlock.finish_due(p_executions uuid[], p_assignments uuid[], p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
declare
    v_wave     interlock.wave;
    c_running  constant text := 'running';                                -- not a literal: no partial index is to be scanned for it
    v_late     interlock.wave;
    v_expired  record;
    v_progress interlock.progress;
begin
    with finished as (
        update interlock.assignments a
        set status = case when n.ordered and interlock.has_earlier_open_visit(a.execution_id, a.node_no, a.visit) then 'waiting' else 'completed' end,
            wait_for = case when n.ordered and interlock.has_earlier_open_visit(a.execution_id, a.node_no, a.visit) then 'order' end,
            ended_at = case when not (n.ordered and interlock.has_earlier_open_visit(a.execution_id, a.node_no, a.visit)) then p_now end,
            due_at = null, change_number = nextval('interlock.change_numbers')
        from unnest(p_executions, p_assignments) with ordinality d (execution_id, id, ord), interlock.nodes n
        where a.execution_id = d.execution_id and a.id = d.id and a.wait_for = 'time' and a.due_at <= p_now
            and n.version_id = a.version_id and n.node_no = a.node_no
        returning d.ord, a.execution_id, a.id, a.status
    )
    select array_agg(f.execution_id) filter (where f.status = 'completed'), array_agg(f.id) filter (where f.status = 'completed'),
           array_agg(distinct f.execution_id)
    into v_wave.frontier_executions, v_wave.frontier_assignments, v_wave.waited_executions
    from (select x.* from finished x order by x.ord) f;

    insert into interlock.revocations (worker_id, execution_id, assignment_id, attempt)
    select a.worker_id, a.execution_id, a.id, a.attempt
    from unnest(p_executions, p_assignments) d (execution_id, id)
    join interlock.assignments a on a.execution_id = d.execution_id and a.id = d.id
    where a.status = c_running and a.due_at <= p_now
    on conflict do nothing;

    select array_agg(a.execution_id order by d.ord) as executions, array_agg(a.id order by d.ord) as assignments,
           array_agg(jsonb_build_object('code', 'timed_out', 'retryable', true, 'message', case a.status
               when 'running' then format('The attempt took longer than %s seconds.', n.timeout_seconds)
               else format('Nothing came for the %s that it waited for.', a.wait_for) end) order by d.ord) as errors
    into v_expired
    from unnest(p_executions, p_assignments) with ordinality d (execution_id, id, ord)
    join interlock.assignments a on a.execution_id = d.execution_id and a.id = d.id
    join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
    where a.due_at <= p_now and (a.status = c_running or a.wait_for not in ('time', 'order'));
    if v_expired.executions is not null then
        v_late := interlock.fail_attempts(v_expired.executions, v_expired.assignments, v_expired.errors, 'timed_out', p_now);
        v_wave.frontier_executions := v_wave.frontier_executions || v_late.frontier_executions;
        v_wave.frontier_assignments := v_wave.frontier_assignments || v_late.frontier_assignments;
        v_wave.ended_executions := v_late.ended_executions;
        v_wave.ended_by := v_late.ended_by;
        v_wave.ended_errors := v_late.ended_errors;
    end if;
    v_progress := interlock.go_on(array(select distinct e from unnest(p_executions) e), v_wave, null, p_now);
    perform interlock.wake_workers(v_progress.pending_queues);
end $$;
