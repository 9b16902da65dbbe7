-- Claims due assignments of one queue that any of its workers can run, oldest first.
-- Transition: pending -> running.
-- Caller:  claim_assignments. Locks: the execution and the assignment of each, skip locked; waits for nothing.
create function interlock.claim_plain(p_queue text, p_capacity integer, p_worker_id uuid, p_request bigint, p_now timestamptz)
returns interlock.visit_id[]
language plpgsql set search_path = '' as $$
declare
    v_claimed interlock.visit_id[];
begin
    select array_agg(row(d.execution_id, d.id)::interlock.visit_id) into v_claimed
    from (
        select a.execution_id, a.id
        from interlock.claimable_assignments a
        join interlock.executions e on e.id = a.execution_id and e.ended_at is null
        where a.queue = p_queue and a.due_at <= p_now
        order by a.due_at
        limit p_capacity
        for no key update skip locked
    ) d;
    if v_claimed is not null then
        perform interlock.take_assignments(v_claimed, p_worker_id, p_request, p_now);
    end if;
    return v_claimed;
end $$;
