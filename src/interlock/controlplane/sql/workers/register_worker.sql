-- Registers a worker process. p_details may have `node_types`: the TYPE/SUBTYPE names that it has executors for.
-- p_workspaces: the workspaces that it serves; null: all. In a call that is limited to a workspace it serves that one alone.
-- Transition: (new) worker alive. Caller: a worker, the API for a user's worker. Locks: queue_lock, shared; the worker's row.
-- Errors:  IL011 worker_lost (the id was given up, or is one of another workspace), IL031 not_allowed (another user's worker). A repeat with the same id
--          refreshes it.
create function interlock.register_worker(
    p_worker_id uuid, p_name text, p_queues text[], p_lease_seconds integer, p_details jsonb default '{}', p_registered_by uuid default null,
    p_workspaces integer[] default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now        timestamptz := interlock.now();
    v_node_types text[];
    v_workspaces integer[] := case when interlock.current_workspace() is null then p_workspaces else array[interlock.current_workspace()] end;
    v_keys       text[];
begin
    perform interlock.require_read_committed();
    v_node_types := array(select jsonb_array_elements_text(
        case when jsonb_typeof(p_details -> 'node_types') = 'array' then p_details -> 'node_types' else '[]' end));
    perform pg_advisory_xact_lock_shared(interlock.queue_lock());
    v_keys := interlock.keys_of_queues(p_queues, v_workspaces);
    insert into interlock.workers as w (id, name, queues, node_types, lease_seconds, details, registered_by, registered_at, heartbeat_at, workspaces,
        queue_keys)
    values (p_worker_id, p_name, p_queues, v_node_types, p_lease_seconds, coalesce(p_details, '{}') - 'node_types', p_registered_by, v_now, v_now,
        v_workspaces, v_keys)
    on conflict (id) do update
    set heartbeat_at = v_now, queues = excluded.queues, node_types = excluded.node_types, details = excluded.details,
        lease_seconds = excluded.lease_seconds, queue_keys = excluded.queue_keys
    where w.status = 'alive' and w.registered_by is not distinct from p_registered_by and w.workspaces is not distinct from v_workspaces;
    if not found then
        perform interlock.refuse_worker(p_worker_id, p_registered_by, true);
    end if;
    insert into interlock.exchanges (worker_id, lane) values (p_worker_id, 0), (p_worker_id, 1) on conflict do nothing;
    return jsonb_build_object('worker_id', p_worker_id);
end $$;
