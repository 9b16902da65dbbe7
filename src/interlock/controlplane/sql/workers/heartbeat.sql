-- Records that a worker is alive, with its statistics. Returns the assignments that were taken from the worker since the last heartbeat.
-- Transition: none but the time. Caller: a worker's heartbeat thread, the API. Locks: the worker's row.
-- Errors:  none: {"lost": true} if the worker was given up or is unknown, as one of another workspace is.
-- A repeat is another heartbeat. If the reply with revocations is lost, exchange still refuses the results of those assignments.
create function interlock.heartbeat(p_worker_id uuid, p_statistics jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_revoked jsonb;
begin
    perform interlock.require_read_committed();
    update interlock.workers w set heartbeat_at = interlock.now(), statistics = coalesce(p_statistics, w.statistics)
    where w.id = p_worker_id and w.status = 'alive' and interlock.is_visible_worker(w);
    if not found then
        return jsonb_build_object('lost', true, 'revoked', '[]'::jsonb);
    end if;
    with gone as (
        delete from interlock.revocations r where r.worker_id = p_worker_id returning r.*
    )
    select jsonb_agg(jsonb_build_object('execution_id', g.execution_id, 'assignment_id', g.assignment_id, 'attempt', g.attempt)) into v_revoked
    from gone g;
    return jsonb_build_object('lost', false, 'revoked', coalesce(v_revoked, '[]'));
end $$;
