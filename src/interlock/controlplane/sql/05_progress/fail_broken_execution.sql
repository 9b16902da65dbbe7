-- The path that cannot raise: an execution that the rules cannot move (a damaged definition, a defect) fails, by plain updates.
-- Transition: execution -> failed; its open assignments -> cancelled.
-- Caller:  whoever caught the error; it may not hold the execution's lock.
-- Answers: IL099, busy where another transaction holds the execution, IL001 where there is none.
create function interlock.fail_broken_execution(p_execution_id uuid, p_sqlstate text, p_message text, p_now timestamptz) returns text
language plpgsql set search_path = '' as $$
begin
    perform from interlock.executions e where e.id = p_execution_id and e.ended_at is null for no key update skip locked;
    if not found then
        return case when exists (select from interlock.executions e where e.id = p_execution_id) then 'busy' else 'IL001' end;
    end if;
    perform interlock.end_executions(array[p_execution_id], '{failed}', array[null::uuid], array[jsonb_build_object(
        'code', 'IL099', 'message', format('The control plane could not move this execution: %s (%s).', p_message, p_sqlstate), 'retryable', false)],
        p_now);
    return 'IL099';
end $$;
