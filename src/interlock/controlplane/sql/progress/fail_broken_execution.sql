-- Fails an execution that the rules cannot move (a damaged definition, a defect), by plain updates that cannot raise.
-- Transition: execution -> failed; its open assignments -> cancelled.
-- Caller:  the function that caught the error; it may not hold the execution's lock. record_results, for a result that takes too long.
-- Returns IL099, busy if another transaction holds the execution, IL001 if there is none. A repeat changes nothing.
create function interlock.fail_broken_execution(p_execution_id uuid, p_error jsonb, p_now timestamptz) returns text
language plpgsql set search_path = '' as $$
begin
    perform from interlock.executions e where e.id = p_execution_id and e.ended_at is null for no key update skip locked;
    if not found then
        return case when exists (select from interlock.executions e where e.id = p_execution_id) then 'busy' else 'IL001' end;
    end if;
    perform interlock.end_executions(array[row(p_execution_id, 'failed', null, p_error)::interlock.ended_execution], p_now);
    return 'IL099';
end $$;
