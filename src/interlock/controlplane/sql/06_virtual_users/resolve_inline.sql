-- What the virtual user decides about one visit of a node that needs no worker, or null where that is not plain and a worker has to look.
-- Caller: leave_nodes, begin_visits. Changes nothing.
create function interlock.resolve_inline(
    p_kind text, p_inline jsonb, p_input jsonb, p_context jsonb, p_subject text, p_execution_id uuid, p_now timestamptz
) returns interlock.resolution
language plpgsql stable set search_path = '' as $$
declare
    v_result interlock.resolution;
    v_vars   jsonb;
    v_rule   jsonb;
    v_hit    boolean;
    v_value  jsonb;
    v_key    text;
begin
    if p_kind in ('pass', 'end', 'start') then
        v_result.status := 'completed';
        return v_result;
    end if;
    if p_inline is null then
        return null;
    end if;

    if p_kind = 'choose' then
        v_vars := jsonb_build_object('context', p_context, 'subject', to_jsonb(p_subject),
            'execution', case when strpos(p_inline::text, '$execution') > 0 then interlock.execution_scope(p_execution_id) end);
        for v_rule in select jsonb_array_elements(p_inline -> 'rules') loop
            if v_rule ->> 'known' is not null and jsonb_path_match(p_input, (v_rule ->> 'known')::jsonpath, v_vars, true) is not true then
                return null;
            end if;
            v_hit := jsonb_path_match(p_input, (v_rule ->> 'path')::jsonpath, v_vars, true);
            if v_hit is null then
                return null;
            elsif v_hit then
                v_result.ports := v_result.ports || (v_rule ->> 'port');
                exit when not (p_inline ->> 'all')::boolean;
            end if;
        end loop;
        if v_result.ports is null and p_inline ->> 'default' is null then
            v_result.status := 'failed';
            v_result.error := jsonb_build_object('code', 'no_route', 'message', 'No rule of this node is true for its input, and it has no default.',
                'retryable', false);
        else
            v_result.status := 'completed';
            v_result.ports := coalesce(v_result.ports, array[p_inline ->> 'default']);
        end if;

    elsif p_kind = 'wait' then
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

    elsif p_kind = 'set_context' then
        v_result.status := 'completed';
        v_result.context := '{}';
        for v_key in select jsonb_object_keys(p_inline -> 'values') loop
            v_value := interlock.evaluate_program(p_inline -> 'values' -> v_key, p_input, p_context, p_subject, p_execution_id);
            if v_value is null then
                return null;
            end if;
            v_result.context := v_result.context || jsonb_build_object(v_key, v_value);
        end loop;

    elsif p_kind = 'fail' then
        v_value := interlock.evaluate_program(p_inline -> 'message', p_input, p_context, p_subject, p_execution_id);
        if v_value is null then
            return null;
        end if;
        v_result.status := 'failed';
        v_result.error := jsonb_build_object('code', coalesce(p_inline ->> 'code', 'failed'), 'message', v_value, 'retryable', false);
    else
        return null;                                                      -- a worker's
    end if;
    return v_result;
end $$;
