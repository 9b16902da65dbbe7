-- Resolves a visit of SET_CONTEXT to its change of the context. Null if a value is not a simple one: then a worker decides.
-- Caller: resolve_inline. Changes nothing.
create function interlock.resolve_set_context(
    p_inline jsonb, p_input jsonb, p_context jsonb, p_subject text, p_execution_id uuid, p_now timestamptz
) returns interlock.resolution
language plpgsql stable set search_path = '' as $$
declare
    v_result interlock.resolution;
    v_value  jsonb;
    v_key    text;
begin
    v_result.context := '{}';
    for v_key in select jsonb_object_keys(p_inline -> 'values') loop
        v_value := interlock.evaluate_program(p_inline -> 'values' -> v_key, p_input, p_context, p_subject, p_execution_id);
        if v_value is null then
            return null;
        end if;
        v_result.context := v_result.context || jsonb_build_object(v_key, v_value);
    end loop;
    v_result.error := interlock.refuse_context(p_context || v_result.context);
    v_result.status := case when v_result.error is null then 'completed' else 'failed' end;
    if v_result.error is not null then
        v_result.context := null;
    end if;
    return v_result;
end $$;
