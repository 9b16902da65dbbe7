-- Locks one execution that has not ended, and returns it: the guard of every function that changes an execution. A terminal status never changes.
-- Caller: suspend, continue. Errors: IL001 execution_not_found, IL009 execution_ended.
create function interlock.lock_open_execution(p_execution_id uuid) returns interlock.executions
language plpgsql set search_path = '' as $$
declare
    v_execution interlock.executions := interlock.lock_execution(p_execution_id);
begin
    if v_execution.ended_at is not null then
        perform interlock.raise_error('IL009', format('The execution %s has ended: it is %s.', p_execution_id, replace(v_execution.status, '_', ' ')), null,
            'Retry it as a new execution: interlock executions retry.');
    end if;
    return v_execution;
end $$;
