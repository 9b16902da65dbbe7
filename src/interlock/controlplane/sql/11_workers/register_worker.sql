-- A worker process makes itself known.
-- Transition: (new) worker alive. A repeat with the same id refreshes it; an id that was given up is refused (IL011), that of another user too (IL031).
-- Locks: the worker's row.
create function interlock.register_worker(
    p_worker_id uuid, p_name text, p_queues text[], p_lease_seconds integer, p_details jsonb default '{}', p_registered_by uuid default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now timestamptz := interlock.now();
begin
    perform interlock.require_read_committed();
    insert into interlock.workers as w (id, name, queues, lease_seconds, details, registered_by, registered_at, heartbeat_at)
    values (p_worker_id, p_name, p_queues, p_lease_seconds, coalesce(p_details, '{}'), p_registered_by, v_now, v_now)
    on conflict (id) do update set heartbeat_at = v_now, queues = excluded.queues, details = excluded.details, lease_seconds = excluded.lease_seconds
    where w.status = 'alive' and w.registered_by is not distinct from p_registered_by;
    if not found then
        perform interlock.refuse_worker(p_worker_id, p_registered_by);
    end if;
    insert into interlock.exchanges (worker_id) values (p_worker_id) on conflict do nothing;
    return jsonb_build_object('worker_id', p_worker_id);
end $$;
