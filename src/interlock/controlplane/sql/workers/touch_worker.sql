-- Records that a worker is alive when it calls something else; revocations stay for the next heartbeat.
-- Transition: none but the time. Caller: the API, for a user's worker. Locks: the worker's row.
-- Errors:  IL010 worker_unknown (also one of another workspace), IL011 worker_lost, IL031 not_allowed (another user's). A repeat changes nothing more.
create function interlock.touch_worker(p_worker_id uuid, p_registered_by uuid) returns jsonb
language plpgsql set search_path = '' as $$
begin
    perform interlock.require_read_committed();
    update interlock.workers w set heartbeat_at = interlock.now()
    where w.id = p_worker_id and w.status = 'alive' and w.registered_by is not distinct from p_registered_by and interlock.is_visible_worker(w);
    if not found then
        perform interlock.refuse_worker(p_worker_id, p_registered_by);
    end if;
    return jsonb_build_object('worker_id', p_worker_id);
end $$;
