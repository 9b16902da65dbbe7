-- Resolves a visit of WAIT to the time until which it waits. Null if that is not simply a number of seconds or a time: then a worker decides.
-- Caller: resolve_inline. Changes nothing.
create function interlock.resolve_wait(
    p_inline jsonb, p_input jsonb, p_context jsonb, p_subject text, p_execution_id uuid, p_now timestamptz
) returns interlock.resolution
language plpgsql stable set search_path = '' as $$
declare
    v_result interlock.resolution;
    v_value  jsonb;
begin
    if p_inline ? 'seconds' then
        v_value := interlock.evaluate_program(p_inline -> 'seconds', p_input, p_context, p_subject, p_execution_id);
        if v_value is null or jsonb_typeof(v_value) <> 'number' or (v_value #>> '{}')::numeric not between 0 and 3153600000 then
            return null;
        end if;
        v_result.due_at := p_now + make_interval(secs => (v_value #>> '{}')::double precision);
    else
        v_value := interlock.evaluate_program(p_inline -> 'until', p_input, p_context, p_subject, p_execution_id);
        if v_value is null or jsonb_typeof(v_value) <> 'string'
                or (v_value #>> '{}') !~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)$' then
            return null;
        end if;
        begin
            v_result.due_at := (v_value #>> '{}')::timestamptz;
        exception when data_exception then
            return null;
        end;
    end if;
    v_result.status := case when v_result.due_at <= p_now then 'completed' else 'waiting' end;
    if v_result.status = 'completed' then
        v_result.due_at := null;
    end if;
    return v_result;
end $$;
