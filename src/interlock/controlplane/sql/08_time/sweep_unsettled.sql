-- Executions that went round so often in one transaction that their joins were left for the next.
-- Transition: as advance. Caller: tick. Locks: them, skip locked. Should one raise, it fails alone.
create function interlock.sweep_unsettled(p_limit integer, p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
declare
    v_execution uuid;
    v_progress  interlock.progress;
    v_count     integer := 0;
begin
    for v_execution in
        select e.id from interlock.executions e where e.unsettled order by e.id limit p_limit for no key update skip locked
    loop
        begin
            update interlock.executions e set unsettled = false where e.id = v_execution;
            v_progress := interlock.advance(array[v_execution], null, null, null, p_now);
            perform interlock.wake_workers(v_progress.pending_queues);
        exception when others then
            if interlock.is_passing_error(sqlstate) then
                raise;
            end if;
            perform interlock.fail_broken_execution(v_execution, sqlstate, sqlerrm, p_now);
            update interlock.executions e set unsettled = false where e.id = v_execution;
        end;
        v_count := v_count + 1;
    end loop;
    return v_count;
end $$;
