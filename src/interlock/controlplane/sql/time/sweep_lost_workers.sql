-- Gives up workers whose heartbeat is older than their lease; their assignments return to their queues.
-- Transition: worker alive -> lost; its assignments running -> pending | failed. Caller: tick. Locks: the workers' rows, skip locked.
-- Errors:  none of its own. A repeat gives up the rest.
create function interlock.sweep_lost_workers(p_limit integer, p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
declare
    v_worker uuid;
    v_count  integer := 0;
begin
    for v_worker in
        select t.worker_id from interlock.lease_timers t
        where t.due_at < p_now
        order by t.due_at limit p_limit
        for no key update skip locked
    loop
        begin
            update interlock.workers w set status = 'lost', ended_at = p_now where w.id = v_worker;
            perform interlock.give_up_worker(v_worker, true, p_now);
            v_count := v_count + 1;
        exception when others then
            if interlock.is_passing_error(sqlstate) then
                raise;
            end if;
            raise warning 'interlock.tick: giving up worker % raised % (%)', v_worker, sqlerrm, sqlstate;
        end;
    end loop;
    return v_count;
end $$;
