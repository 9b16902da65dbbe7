-- Returns a worker that is connected and listens, has capacity for one more from this queue, and was offered nothing since its last exchange; null if there is none.
-- Caller: start_executions, for the only execution of a call. Locks: the worker's exchange, skip locked: a worker that reports at this moment is passed over.
-- p_execution_id: must exist, which it does not where its idempotency key was used before.
create function interlock.find_idle_worker(p_queue text, p_requires text, p_execution_id uuid) returns uuid
language plpgsql set search_path = '' as $$
declare
    v_worker uuid;
begin
    select x.worker_id into v_worker
    from interlock.exchanges x
    join interlock.workers w on w.id = x.worker_id and w.status = 'alive' and (p_requires is null or p_requires = any (w.node_types))
    where x.lane = 0 and x.takes_offers and p_queue = any (x.queues) and x.offered_assignment_id is null
        and exists (select from pg_stat_get_activity(x.backend_pid))
        and exists (select from interlock.executions e where e.id = p_execution_id)
    limit 1
    for no key update of x skip locked;
    return v_worker;
end $$;
