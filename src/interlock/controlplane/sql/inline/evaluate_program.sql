-- Returns the value of a compiled template in the scope of one visit, or SQL null if it is not a simple one: then a worker evaluates it.
-- Programs: {"literal": any} | {"path": [root, key, …]} | {"text": [program, …]}; roots: input, context, subject, execution.
create function interlock.evaluate_program(p_program jsonb, p_input jsonb, p_context jsonb, p_subject text, p_execution_id uuid) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    v_root  text;
    v_path  text[];
    v_scope jsonb;
    v_value jsonb;
    v_text  text := '';
begin
    if p_program ? 'literal' then
        return p_program -> 'literal';
    end if;
    if p_program ? 'path' then
        v_path := array(select pg_catalog.jsonb_array_elements_text(p_program -> 'path'));
        v_root := v_path[1];
        v_scope := case v_root
            when 'input' then p_input
            when 'context' then p_context
            when 'subject' then to_jsonb(p_subject)
            when 'execution' then interlock.execution_scope(p_execution_id)
        end;
        return v_scope #> v_path[2:];
    end if;
    for v_place in 0 .. jsonb_array_length(p_program -> 'text') - 1 loop
        v_value := interlock.evaluate_program(p_program -> 'text' -> v_place, p_input, p_context, p_subject, p_execution_id);
        if v_value is null or jsonb_typeof(v_value) in ('object', 'array')
                or (jsonb_typeof(v_value) = 'number' and (v_value #>> '{}') !~ '^-?[0-9]{1,18}$') then
            return null;                                                  -- only the workers' code defines how these values read as text
        end if;
        v_text := v_text || coalesce(v_value #>> '{}', 'null');
    end loop;
    return to_jsonb(v_text);
end $$;
