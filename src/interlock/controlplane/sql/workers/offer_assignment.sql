-- Tells an idle worker that a visit was begun for it; get_offer returns which. Every role of the database may listen, so the notification has no more in it.
-- The worker gets no other offer before its next exchange, which returns the visit if the notification gets lost. It is woken for other visits as before.
-- Caller: start_executions, with the lock of the worker's exchange.
create function interlock.offer_assignment(p_worker_id uuid, p_execution_id uuid, p_assignment_id uuid) returns void
language plpgsql set search_path = '' as $$
begin
    update interlock.exchanges x
    set offered_execution_id = p_execution_id, offered_assignment_id = p_assignment_id
    where x.worker_id = p_worker_id and x.lane = 0;
    perform pg_notify('workflow_changes', 'offer ' || p_worker_id);
end $$;
