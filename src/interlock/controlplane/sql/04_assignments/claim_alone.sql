-- Takes one assignment that was lost with two workers already, if this worker runs nothing else; else lets it run dry.
-- Transition: pending -> running.
-- Caller:  claim_assignments. Locks: as there.
create function interlock.claim_alone(
    p_worker_id uuid, p_request bigint, p_queues text[], p_rooms integer[], p_busy boolean, p_now timestamptz,
    out claimed_execution uuid, out claimed_assignment uuid, out drained boolean
)
language plpgsql set search_path = '' as $$
declare
    v_due record;
begin
    drained := false;
    select a.execution_id, a.id, a.due_at, a.lock_key, n.timeout_seconds into v_due
    from unnest(p_queues, p_rooms) q (queue, room)
    join interlock.assignments a on a.queue = q.queue
    join interlock.executions e on e.id = a.execution_id
    join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
    where q.room > 0 and a.status = 'pending' and not a.suspended and a.queue is not null and (a.lock_key is not null or a.loss_count >= 2)
        and a.loss_count >= 2 and a.due_at <= p_now
    order by a.due_at
    limit 1
    for no key update of a, e skip locked;
    if not found then
        return;
    end if;
    if p_busy or exists (select from interlock.assignments r where r.ended_at is null and r.status = 'running' and r.worker_id = p_worker_id) then
        drained := v_due.due_at <= p_now - interval '5 seconds';
        return;
    end if;
    if v_due.lock_key is not null and not interlock.may_hold_lock(v_due.lock_key, v_due.execution_id, v_due.id, p_now) then
        return;
    end if;
    update interlock.assignments a
    set status = 'running', worker_id = p_worker_id, claim_request = p_request, started_at = p_now,
        due_at = p_now + make_interval(secs => v_due.timeout_seconds), change_number = nextval('interlock.change_numbers')
    where a.execution_id = v_due.execution_id and a.id = v_due.id;
    update interlock.exchanges x
    set alone_execution_id = v_due.execution_id, alone_assignment_id = v_due.id
    where x.worker_id = p_worker_id;
    claimed_execution := v_due.execution_id;
    claimed_assignment := v_due.id;
    drained := true;
end $$;
