-- Claims one assignment that was lost with two workers already, if this worker runs nothing else; else lets the worker finish its assignments first.
-- Transition: pending -> running.
-- Caller:  claim_assignments. Locks: the execution, the assignment and the key's row, skip locked; the worker's exchanges, behind a start that makes it an
--          offer. Errors: none. A repeat claims another one.
-- p_limited: see share. drained: the worker must claim nothing else now.
create function interlock.claim_alone(
    p_taker interlock.taker, p_limited boolean[], p_busy boolean, p_now timestamptz, out claimed interlock.visit_id[], out drained boolean
)
language plpgsql set search_path = '' as $$
declare
    v_due     record;
    v_is_only boolean;
begin
    drained := false;
    select a.execution_id, a.id, a.due_at, a.lock_key, q.is_limited, a.queue into v_due
    from unnest((p_taker).queues, (p_taker).capacities, p_limited) q (queue, capacity, is_limited)
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
    if v_due.is_limited and (interlock.free_to_run(v_due.queue)).free = 0 then
        return;
    elsif v_due.lock_key is not null and not interlock.may_hold_lock(v_due.lock_key, v_due.execution_id, v_due.id, p_now) then
        return;
    end if;
    claimed := array[row(v_due.execution_id, v_due.id)::interlock.visit_id];
    perform interlock.take_assignments(claimed, (p_taker).worker_id, (p_taker).request, p_now);
    update interlock.exchanges x
    set alone_execution_id = v_due.execution_id, alone_assignment_id = v_due.id, queues = '{}'
    where x.worker_id = (p_taker).worker_id;                             -- in both lanes: each looks at its own row alone, and no start offers a visit
    drained := true;
end $$;
