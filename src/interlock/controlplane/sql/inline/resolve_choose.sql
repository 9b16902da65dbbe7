-- Resolves a visit of IF, SWITCH or ROUTER to the ports of the rules that hold. Null if a rule is not simply true or false: then a worker decides.
-- Caller: resolve_inline. Changes nothing.
create function interlock.resolve_choose(
    p_inline jsonb, p_input jsonb, p_context jsonb, p_subject text, p_execution_id uuid, p_now timestamptz
) returns interlock.resolution
language plpgsql stable set search_path = '' as $$
declare
    v_result interlock.resolution;
    v_rules  jsonb := p_inline -> 'rules';
    v_vars   jsonb := jsonb_build_object('context', p_context, 'subject', to_jsonb(p_subject));
    v_rule   jsonb;
    v_holds  boolean;
begin
    if strpos(v_rules::text, '$execution') > 0 then
        v_vars := v_vars || jsonb_build_object('execution', interlock.execution_scope(p_execution_id));
    end if;
    -- counted: a loop over a select starts an executor for each visit
    for v_place in 0 .. jsonb_array_length(v_rules) - 1 loop
        v_rule := v_rules -> v_place;
        if v_rule ->> 'known' is not null and jsonb_path_match(p_input, (v_rule ->> 'known')::jsonpath, v_vars, true) is not true then
            return null;
        end if;
        v_holds := jsonb_path_match(p_input, (v_rule ->> 'path')::jsonpath, v_vars, true);
        if v_holds is null then
            return null;
        elsif v_holds then
            v_result.ports := v_result.ports || (v_rule ->> 'port');
            exit when not (p_inline ->> 'all')::boolean;
        end if;
    end loop;
    if v_result.ports is null and p_inline ->> 'default' is null then
        v_result.status := 'failed';
        v_result.error := interlock.assignment_error('no_route', 'No rule of this node is true for its input, and it has no default.',
            'Add a rule for this input, or a default.');
    else
        v_result.status := 'completed';
        v_result.ports := coalesce(v_result.ports, array[p_inline ->> 'default']);
    end if;
    return v_result;
end $$;
