-- Returns the visit that a start began for this worker since its last exchange, with everything that its executor needs; null if there is none, or an
-- exchange has returned it. Caller: a worker that was told of it. Changes nothing.
create function interlock.get_offer(p_worker_id uuid) returns json
language plpgsql set search_path = '' as $$
declare
    v_offered interlock.visit_id[];
begin
    select array[row(a.execution_id, a.id)::interlock.visit_id] into v_offered
    from interlock.exchanges x
    join interlock.assignments a on a.execution_id = x.offered_execution_id and a.id = x.offered_assignment_id and a.status = any (array['running'])
        and a.worker_id = p_worker_id and a.claim_request is null
    where x.worker_id = p_worker_id and x.lane = 0;
    return interlock.reply(null, 0, v_offered, null, null, true, null, null) -> 'assignments' -> 0;
end $$;
