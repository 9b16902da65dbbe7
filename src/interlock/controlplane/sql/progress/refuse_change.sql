-- Returns an ending unchanged, or, if its change would make the execution's context too large or too deep, as a failure with that error.
-- Caller: record_results, with the lock of the execution. Changes nothing.
create function interlock.refuse_change(p_ending interlock.ending) returns interlock.ending
language plpgsql stable set search_path = '' as $$
declare
    v_ending interlock.ending := p_ending;
    v_error  jsonb;
begin
    if (p_ending).context is null or jsonb_typeof((p_ending).context) <> 'object' then
        return p_ending;
    end if;
    select interlock.refuse_context(e.context || (p_ending).context) into v_error from interlock.executions e where e.id = (p_ending).execution_id;
    if v_error is not null then
        v_ending.outcome := 'failed';
        v_ending.error := v_error;
        v_ending.context := null;
        v_ending.output := null;
        v_ending.ports := null;
        v_ending.leaves := false;
    end if;
    return v_ending;
end $$;
