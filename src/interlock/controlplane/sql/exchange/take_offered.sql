-- Takes a visit that a start began for this worker and that it has not reported, as one that the request claimed. The worker may know it already, from the
-- notification.
-- Transition: none. Caller: exchange. Locks: the assignment, skip locked. A repeat returns it again, as every claimed one.
-- is_held: another transaction holds it, so that the next exchange has to look again.
create function interlock.take_offered(
    p_execution_id uuid, p_assignment_id uuid, p_worker_id uuid, p_request bigint, out taken interlock.visit_id[], out is_held boolean
)
language plpgsql set search_path = '' as $$
begin
    with offered as (
        select a.execution_id, a.id from interlock.assignments a
        where a.execution_id = p_execution_id and a.id = p_assignment_id and a.status = any (array['running']) and a.worker_id = p_worker_id
            and a.claim_request is null
        for no key update skip locked
    ), claimed as (
        update interlock.assignments a set claim_request = p_request
        from offered o
        where a.execution_id = o.execution_id and a.id = o.id
        returning a.execution_id, a.id
    )
    select array_agg(row(c.execution_id, c.id)::interlock.visit_id) into taken from claimed c;
    is_held := taken is null and exists (
        select from interlock.assignments a
        where a.execution_id = p_execution_id and a.id = p_assignment_id and a.status = any (array['running']) and a.worker_id = p_worker_id
            and a.claim_request is null);
end $$;
