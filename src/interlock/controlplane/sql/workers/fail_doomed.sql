-- Fails for good the visits that too many workers were lost with. If something raises, each visit is tried by itself, and only those that raise fail their
-- executions.
-- Transition: running -> failed, and its execution goes on by the error policy.
-- Caller:  give_up_worker, with the locks of the executions. Errors: none. Returns the queues in which something new is pending.
create function interlock.fail_doomed(p_doomed interlock.visit_id[], p_loss_count integer, p_now timestamptz) returns text[]
language plpgsql set search_path = '' as $$
declare
    v_executions uuid[] := array(select distinct d.execution_id from unnest(p_doomed) d);
    v_traits     interlock.traits := interlock.traits_of(v_executions);
    v_finished   record;
    v_queues     text[];
begin
    v_finished := interlock.finish(interlock.defer_beyond_budget(interlock.decide_failures(array(
        select row(d.execution_id, d.id, 'running', 'failed', null, null, null, null, interlock.assignment_error('worker_lost',
            format('Workers were lost %s times while they held this visit, so it is not given to another.', p_loss_count),
            'Look at the logs of the workers: this node may end their process (memory, a native library). Fix that, then retry the execution.'),
            null, null, null, null, null, null, null, null, null)::interlock.ending
        from unnest(p_doomed) d), 'failed', p_now), v_traits, p_now), false, p_now);
    return (interlock.advance(v_executions, v_finished.wave, v_traits, null, p_now)).pending_queues;
exception when others then
    if interlock.is_passing_error(sqlstate) then
        raise;
    elsif cardinality(p_doomed) = 1 then
        perform interlock.fail_broken_execution(p_doomed[1].execution_id, interlock.broken_error(sqlstate, sqlerrm), p_now);
        return null;
    end if;
    for v_row in 1 .. cardinality(p_doomed) loop
        v_queues := v_queues || interlock.fail_doomed(p_doomed[v_row:v_row], p_loss_count, p_now);
    end loop;
    return v_queues;
end $$;
