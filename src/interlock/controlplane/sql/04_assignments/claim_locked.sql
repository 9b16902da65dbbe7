-- Takes due assignments that need a lock, where it is free; the others stand back until it is.
-- Transition: pending -> running.
-- Caller:  claim_assignments. Locks: the execution, the assignment and the key's row of each, skip locked.
create function interlock.claim_locked(
    p_worker_id uuid, p_request bigint, p_queue text, p_room integer, p_now timestamptz,
    out claimed_executions uuid[], out claimed_assignments uuid[]
)
language plpgsql set search_path = '' as $$
declare
    v_due record;
begin
    for v_due in
        select a.execution_id, a.id, a.lock_key, n.timeout_seconds
        from interlock.assignments a
        join interlock.executions e on e.id = a.execution_id
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
        where a.queue = p_queue and a.status = 'pending' and not a.suspended and a.queue is not null
            and (a.lock_key is not null or a.loss_count >= 2) and a.lock_key is not null and a.loss_count < 2 and a.due_at <= p_now
        order by a.due_at
        limit p_room
        for no key update of a, e skip locked
    loop
        if interlock.may_hold_lock(v_due.lock_key, v_due.execution_id, v_due.id, p_now) then
            update interlock.assignments a
            set status = 'running', worker_id = p_worker_id, claim_request = p_request, started_at = p_now,
                due_at = p_now + make_interval(secs => v_due.timeout_seconds), change_number = nextval('interlock.change_numbers')
            where a.execution_id = v_due.execution_id and a.id = v_due.id;
            claimed_executions := claimed_executions || v_due.execution_id;
            claimed_assignments := claimed_assignments || v_due.id;
        else
            update interlock.assignments a set due_at = 'infinity' where a.execution_id = v_due.execution_id and a.id = v_due.id;
        end if;
    end loop;
end $$;
