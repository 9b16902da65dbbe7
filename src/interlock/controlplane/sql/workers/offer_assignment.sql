-- Sends a visit that was begun for an idle worker to it, as a notification that the other listening workers ignore. The worker gets no other offer before its
-- next exchange. Should the notification get lost, or be too long for one, that exchange returns the visit.
-- Caller: start_executions, with the lock of the worker's exchange. p_offer: the visit, and the worker_id that it is for.
create function interlock.offer_assignment(p_worker_id uuid, p_offer json, p_execution_id uuid, p_assignment_id uuid) returns void
language plpgsql set search_path = '' as $$
declare
    c_most_bytes constant integer := 7900;                                -- PostgreSQL takes less than 8000
begin
    update interlock.exchanges x
    set queues = '{}', offered_execution_id = p_execution_id, offered_assignment_id = p_assignment_id
    where x.worker_id = p_worker_id and x.lane = 0;
    perform pg_notify('workflow_changes', case
        when octet_length(p_offer::text) <= c_most_bytes then p_offer else json_build_object('worker_id', p_worker_id) end::text);
end $$;
