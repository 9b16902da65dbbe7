-- Claims due assignments of one queue that need a lock, or an executor that not every worker has. An assignment whose lock is held is passed over until the
-- lock is free.
-- Transition: pending -> running.
-- Caller:  claim_assignments. Locks: the execution, the assignment and the key's row of each, skip locked.
create function interlock.claim_special(
    p_queue text, p_capacity integer, p_worker_id uuid, p_request bigint, p_node_types text[], p_now timestamptz
) returns interlock.visit_id[]
language plpgsql set search_path = '' as $$
declare
    v_due     record;
    v_claimed interlock.visit_id[];
begin
    select array_agg(row(d.execution_id, d.id)::interlock.visit_id) into v_claimed
    from (
        select a.execution_id, a.id
        from interlock.claimable_special_assignments a
        join interlock.executions e on e.id = a.execution_id and e.ended_at is null
        where a.queue = p_queue and a.loss_count < 2 and a.due_at <= p_now and a.lock_key is null and a.requires = any (p_node_types)
        order by a.due_at
        limit p_capacity
        for no key update skip locked
    ) d;
    if v_claimed is not null then
        perform interlock.take_assignments(v_claimed, p_worker_id, p_request, p_now);
    end if;
    for v_due in
        select a.execution_id, a.id, a.lock_key
        from interlock.claimable_special_assignments a
        join interlock.executions e on e.id = a.execution_id and e.ended_at is null
        where a.queue = p_queue and a.loss_count < 2 and a.due_at <= p_now and a.lock_key is not null
            and (a.requires is null or a.requires = any (p_node_types))
        order by a.due_at
        limit p_capacity - coalesce(cardinality(v_claimed), 0)
        for no key update skip locked
    loop
        if interlock.may_hold_lock(v_due.lock_key, v_due.execution_id, v_due.id, p_now) then
            -- at once, so that the next one sees it held
            perform interlock.take_assignments(array[row(v_due.execution_id, v_due.id)::interlock.visit_id], p_worker_id, p_request, p_now);
            v_claimed := v_claimed || row(v_due.execution_id, v_due.id)::interlock.visit_id;
        else
            update interlock.assignments a set due_at = 'infinity' where a.execution_id = v_due.execution_id and a.id = v_due.id;
        end if;
    end loop;
    return v_claimed;
end $$;
