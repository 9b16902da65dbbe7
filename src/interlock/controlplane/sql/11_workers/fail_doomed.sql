-- What too many workers were lost with fails for good. Should something in it raise, each is tried by itself, and what raises fails alone.
-- Transition: running -> failed, and its execution goes on by the error policy.
-- Caller:  give_up_worker, with the locks of the executions. Gives back the queues in which something new is pending.
create function interlock.fail_doomed(p_executions uuid[], p_assignments uuid[], p_loss_count integer, p_now timestamptz) returns text[]
language plpgsql set search_path = '' as $$
declare
    v_wave   interlock.wave;
    v_queues text[];
begin
    v_wave := interlock.fail_attempts(p_executions, p_assignments, array_fill(jsonb_build_object('code', 'worker_lost',
        'message', format('%s workers were lost while they ran it.', p_loss_count), 'retryable', false), array[cardinality(p_assignments)]),
        'failed', p_now);
    return (interlock.go_on(array(select distinct e from unnest(p_executions) e), v_wave, null, p_now)).pending_queues;
exception when others then
    if interlock.is_passing_error(sqlstate) then
        raise;
    elsif cardinality(p_executions) = 1 then
        perform interlock.fail_broken_execution(p_executions[1], sqlstate, sqlerrm, p_now);
        return null;
    end if;
    for v_row in 1 .. cardinality(p_executions) loop
        v_queues := v_queues || interlock.fail_doomed(p_executions[v_row:v_row], p_assignments[v_row:v_row], p_loss_count, p_now);
    end loop;
    return v_queues;
end $$;
