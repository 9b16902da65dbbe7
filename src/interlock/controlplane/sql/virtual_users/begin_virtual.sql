-- Begins pending visits of virtual users, and advances their executions. If something raises, each visit is tried by itself, and only those that raise
-- fail their executions.
-- Transition: pending -> waiting | completed | failed | pending (a worker's).
-- Caller:  sweep_virtual_users, with the locks of the executions. Errors: none of its own. A repeat leaves visits alone that have begun.
create function interlock.begin_virtual(p_visits interlock.opening[], p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
declare
    v_executions uuid[] := array(select distinct o.execution_id from unnest(p_visits) o);
    v_traits     interlock.traits;
    v_wave       interlock.wave;
    v_progress   interlock.progress;
begin
    if coalesce(cardinality(p_visits), 0) = 0 then
        return;
    end if;
    begin
        v_traits := interlock.traits_of(v_executions);
        v_wave := interlock.begin_standing(p_visits, v_traits.budget, null, p_now);
        v_progress := interlock.advance(v_executions, v_wave, v_traits, null, p_now);
        perform interlock.wake_workers(v_progress.pending_queues);
    exception when others then
        if interlock.is_passing_error(sqlstate) then
            raise;
        elsif cardinality(p_visits) = 1 then
            perform interlock.fail_broken_execution(p_visits[1].execution_id, interlock.broken_error(sqlstate, sqlerrm), p_now);
        else
            for v_row in 1 .. cardinality(p_visits) loop
                perform interlock.begin_virtual(p_visits[v_row:v_row], p_now);
            end loop;
        end if;
    end;
end $$;
