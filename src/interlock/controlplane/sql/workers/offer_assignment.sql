-- Sends a visit that was begun for an idle worker to it, over the channel `worker_<id>`. The worker gets no other offer before its next exchange. Should the
-- notification get lost, or be too long for one, an exchange of the worker returns the visit.
-- Caller: start_executions, with the lock of the worker's exchange. p_offer: the visit, as JSON text.
create function interlock.offer_assignment(p_worker_id uuid, p_offer text, p_execution_id uuid, p_assignment_id uuid) returns void
language plpgsql set search_path = '' as $$
declare
    c_most_bytes constant integer := 7900;                                -- PostgreSQL takes less than 8000
begin
    update interlock.exchanges x
    set queues = '{}', offered_execution_id = p_execution_id, offered_assignment_id = p_assignment_id
    where x.worker_id = p_worker_id and x.lane = 0;
    perform pg_notify('worker_' || p_worker_id, case when octet_length(p_offer) <= c_most_bytes then p_offer else '' end);
end $$;
