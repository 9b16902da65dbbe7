-- Pending visits of virtual users begin, and their executions go on. Should something in them raise, each is tried by itself, and what raises fails alone.
-- Caller: sweep_virtual_users, with the locks of the executions.
create function interlock.begin_virtual(p_executions uuid[], p_assignments uuid[], p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
declare
    v_wave     interlock.wave;
    v_progress interlock.progress;
begin
    if cardinality(p_executions) = 0 then
        return;
    end if;
    begin
        v_wave := interlock.begin_visits(p_executions, p_assignments, array_fill(false, array[cardinality(p_assignments)]), true, false, null, p_now);
        v_progress := interlock.go_on(array(select distinct e from unnest(p_executions) e), v_wave, null, p_now);
        perform interlock.wake_workers(v_wave.pending_queues || v_progress.pending_queues);
    exception when others then
        if interlock.is_passing_error(sqlstate) then
            raise;
        elsif cardinality(p_executions) = 1 then
            perform interlock.fail_broken_execution(p_executions[1], sqlstate, sqlerrm, p_now);
        else
            for v_row in 1 .. cardinality(p_executions) loop
                perform interlock.begin_virtual(p_executions[v_row:v_row], p_assignments[v_row:v_row], p_now);
            end loop;
        end if;
    end;
end $$;
