-- Returns a visit that a start began for this worker and that it has not reported, as one that the request claimed; null if it has. The worker may know it
-- already, from the notification.
-- Transition: none. Caller: exchange. Locks: the assignment; waits for whoever ends it. A repeat returns it again, as every claimed one.
create function interlock.take_offered(p_execution_id uuid, p_assignment_id uuid, p_worker_id uuid, p_request bigint) returns interlock.visit_id[]
language plpgsql set search_path = '' as $$
declare
    v_taken interlock.visit_id[];
begin
    with taken as (
        update interlock.assignments a set claim_request = p_request
        where a.execution_id = p_execution_id and a.id = p_assignment_id and a.status = any (array['running']) and a.worker_id = p_worker_id
            and a.claim_request is null
        returning a.execution_id, a.id
    )
    select array_agg(row(t.execution_id, t.id)::interlock.visit_id) into v_taken from taken t;
    return v_taken;
end $$;
