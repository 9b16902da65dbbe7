-- Visits that were left pending for a virtual user begin: what a long chain of inline nodes left over, what waited for a lock or was suspended, and,
-- with p_kinds given, what workflows in cron mode leave for START and ROUTER.
-- Transition: pending -> waiting | completed | failed | pending (a worker's).
-- Caller:  tick; workflow_start, workflow_route.
-- Locks:   the executions and assignments, skip locked. Gives back how many began.
create function interlock.sweep_virtual_users(p_kinds text[], p_limit integer, p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
declare
    v_due         record;
    v_executions  uuid[] := '{}';
    v_assignments uuid[] := '{}';
begin
    for v_due in
        select a.execution_id, a.id, a.lock_key, n.kind
        from interlock.assignments a
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
        join interlock.executions e on e.id = a.execution_id
        where a.status = 'pending' and not a.suspended and a.queue is null and a.due_at <= p_now
            and case when p_kinds is null then not n.by_cron else n.by_cron and n.kind = any (p_kinds) end
        order by a.due_at
        limit p_limit
        for no key update of a, e skip locked
    loop
        if v_due.lock_key is not null and not interlock.may_hold_lock(v_due.lock_key, v_due.execution_id, v_due.id, p_now) then
            update interlock.assignments a set due_at = 'infinity' where a.execution_id = v_due.execution_id and a.id = v_due.id;
            continue;
        end if;
        if v_due.kind = 'start' then
            update interlock.executions e set started_at = p_now where e.id = v_due.execution_id and e.started_at is null;
        end if;
        if v_due.lock_key is not null then
            perform interlock.begin_virtual(array[v_due.execution_id], array[v_due.id], p_now);   -- so that the next one sees it held
        else
            v_executions := v_executions || v_due.execution_id;
            v_assignments := v_assignments || v_due.id;
        end if;
    end loop;
    perform interlock.begin_virtual(v_executions, v_assignments, p_now);
    return cardinality(v_assignments);
end $$;
