-- Resolves a visit of FAIL to the error that its execution ends with. Null if its message is not a simple one: then a worker decides.
-- Caller: resolve_inline. Changes nothing.
create function interlock.resolve_fail(
    p_inline jsonb, p_input jsonb, p_context jsonb, p_subject text, p_execution_id uuid, p_now timestamptz
) returns interlock.resolution
language plpgsql stable set search_path = '' as $$
declare
    v_result  interlock.resolution;
    v_message jsonb := interlock.evaluate_program(p_inline -> 'message', p_input, p_context, p_subject, p_execution_id);
begin
    if v_message is null then
        return null;
    end if;
    v_result.status := 'failed';
    v_result.error := jsonb_build_object('code', coalesce(p_inline ->> 'code', 'failed'), 'message', v_message, 'retryable', false);
    return v_result;
end $$;
