-- Stops a worker in good order. The assignments that it still holds return to their queues at once, without counting as a loss.
-- Transition: worker alive -> stopped; its assignments running -> pending.
-- Caller:  a worker, the API. Locks: the worker's row, the executions of its assignments. A repeat changes nothing, nor does a
--          call for a worker of another workspace.
create function interlock.stop_worker(p_worker_id uuid) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now timestamptz := interlock.now();
begin
    perform interlock.require_read_committed();
    update interlock.workers w set status = 'stopped', ended_at = v_now where w.id = p_worker_id and w.status = 'alive' and interlock.is_visible_worker(w);
    if found then
        return jsonb_build_object('released', interlock.give_up_worker(p_worker_id, false, v_now));
    end if;
    return jsonb_build_object('released', 0);
end $$;
