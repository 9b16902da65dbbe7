-- Begins visits that were left pending for a virtual user: those left over by a transaction, those that waited for a lock or were suspended, and, if
-- p_sweep is given, those that workflows in cron mode leave for that sweep.
-- Transition: pending -> waiting | completed | failed | pending (a worker's).
-- Caller:  tick; workflow_start, workflow_route. Errors: none of its own. A repeat begins the rest.
-- Locks:   the executions and assignments, skip locked. Returns how many visits began.
create function interlock.sweep_virtual_users(p_sweep text, p_limit integer, p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
declare
    v_due    record;
    v_locked interlock.opening[];
    v_visits interlock.opening[];
    v_count  integer := 0;
begin
    v_locked := case when p_sweep is null then interlock.lock_due_virtual(p_limit, p_now) else interlock.lock_due_for_cron(p_sweep, p_limit, p_now) end;
    for v_due in
        select row(o.execution_id, o.id, o.version_id, o.node_no, null, null, null, null, false)::interlock.opening as visit, o.execution_id, o.id, a.lock_key, n.starts_execution
        from unnest(v_locked) with ordinality
            o (execution_id, id, version_id, node_no, from_id, source_execution_id, source_id, late_for, is_unfilled, ord)
        join interlock.assignments a on a.execution_id = o.execution_id and a.id = o.id
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
        order by o.ord
    loop
        if v_due.lock_key is not null and not interlock.may_hold_lock(v_due.lock_key, v_due.execution_id, v_due.id, p_now) then
            update interlock.assignments a set due_at = 'infinity' where a.execution_id = v_due.execution_id and a.id = v_due.id;
            continue;
        end if;
        if v_due.starts_execution then
            update interlock.executions e set started_at = p_now where e.id = v_due.execution_id and e.started_at is null;
        end if;
        v_count := v_count + 1;
        if v_due.lock_key is not null then
            perform interlock.begin_virtual(array[v_due.visit], p_now);   -- so that the next one sees it held
        else
            v_visits := v_visits || v_due.visit;
        end if;
    end loop;
    perform interlock.begin_virtual(v_visits, p_now);
    return v_count;
end $$;
