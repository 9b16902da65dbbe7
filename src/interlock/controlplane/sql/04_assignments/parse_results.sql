-- The results that a worker sent, column by column; a row that is not of the form has outcome null and spoils no other.
-- Caller: exchange. Changes nothing.
create function interlock.parse_results(p_results jsonb) returns interlock.results
language plpgsql stable set search_path = '' as $$
declare
    v_all interlock.results;
    v_row record;
    v_one jsonb;
begin
    begin
        select array_agg(r.execution_id), array_agg(r.assignment_id), array_agg(r.attempt), array_agg(
                   case when r.outcome in ('completed', 'failed', 'waiting', 'released') and r.execution_id is not null and r.assignment_id is not null
                       and (r.outcome <> 'waiting' or interlock.is_wait(r.wait)) then r.outcome end),
               array_agg(case when jsonb_typeof(r.output) = 'object' then r.output
                              when r.output is null then case when r.outcome = 'completed' then '{}'::jsonb end else jsonb_build_object('value', r.output) end),
               array_agg(r.port), array_agg(r.error), array_agg(r.wait), array_agg(r.context), array_agg(r.tries)
        into v_all
        from jsonb_to_recordset(p_results) r (execution_id uuid, assignment_id uuid, attempt integer, outcome text, output jsonb, port jsonb,
            error jsonb, wait jsonb, context jsonb, tries integer);
        return v_all;
    exception when data_exception then
        v_all := null;
    end;

    for v_one in select jsonb_array_elements(case when jsonb_typeof(p_results) = 'array' then p_results else jsonb_build_array(p_results) end) loop
        begin
            select r.* into v_row
            from jsonb_to_record(v_one) r (execution_id uuid, assignment_id uuid, attempt integer, outcome text, output jsonb, port jsonb,
                error jsonb, wait jsonb, context jsonb, tries integer);
            if v_row.outcome not in ('completed', 'failed', 'waiting', 'released') or v_row.execution_id is null or v_row.assignment_id is null
                    or v_row.outcome = 'waiting' and not interlock.is_wait(v_row.wait) then
                v_row.outcome := null;
            end if;
        exception when data_exception then
            select null::uuid as execution_id, null::uuid as assignment_id, null::integer as attempt, null::text as outcome, null::jsonb as output,
                null::jsonb as port, null::jsonb as error, null::jsonb as wait, null::jsonb as context, null::integer as tries into v_row;
        end;
        v_all.executions := v_all.executions || v_row.execution_id;
        v_all.assignments := v_all.assignments || v_row.assignment_id;
        v_all.attempts := v_all.attempts || v_row.attempt;
        v_all.outcomes := v_all.outcomes || v_row.outcome;
        v_all.outputs := array_append(v_all.outputs, case when jsonb_typeof(v_row.output) = 'object' then v_row.output
            when v_row.output is null then case when v_row.outcome = 'completed' then '{}'::jsonb end else jsonb_build_object('value', v_row.output) end);
        v_all.ports := array_append(v_all.ports, v_row.port);
        v_all.errors := array_append(v_all.errors, v_row.error);
        v_all.waits := array_append(v_all.waits, v_row.wait);
        v_all.contexts := array_append(v_all.contexts, v_row.context);
        v_all.tries := v_all.tries || v_row.tries;
    end loop;
    return v_all;
end $$;
