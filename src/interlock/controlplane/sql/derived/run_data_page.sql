-- Returns a part of `run_data`: the inputs and outputs of the visits after a given one, by id, up to a number of visits or of bytes of JSON text.
-- Caller:  insight. Changes nothing. Returns at least one visit, if there is one. A visit that is too large by itself has values left out, by name, and is
-- the last of its part: building it was enough work.
-- An output counts twice: the answer has it in the path and as the result of its node. Reads one visit after the other, to hold little at once.
create function interlock.run_data_page(p_execution_id uuid, p_after uuid, p_limit integer, p_bytes integer)
returns table (id uuid, input jsonb, output jsonb, left_out text[], is_last boolean)
language plpgsql stable set search_path = '' as $$
declare
    v_ids          uuid[];
    v_left         bigint := p_bytes;
    v_error_bytes  bigint;
    v_input_bytes  bigint;
    v_output_bytes bigint;
begin
    select array_agg(x.id order by x.id) into v_ids
    from (
        select a.id from interlock.assignments a
        where a.execution_id = p_execution_id and a.id > p_after
        order by a.id limit p_limit + 1
    ) x;
    for v_place in 1 .. least(p_limit, coalesce(cardinality(v_ids), 0)) loop
        exit when v_left <= 0;
        id := v_ids[v_place];
        select d.input, d.output, coalesce(octet_length(d.error::text), 0) into input, output, v_error_bytes
        from interlock.assignment_details d where d.execution_id = p_execution_id and d.id = v_ids[v_place];
        v_input_bytes := coalesce(octet_length(input::text), 0);
        v_output_bytes := 2 * coalesce(octet_length(output::text), 0);
        left_out := '{}';
        if v_output_bytes > p_bytes then
            left_out := left_out || 'output_data'::text;
            output := null;
            v_output_bytes := 0;
        end if;
        if v_input_bytes + v_output_bytes > p_bytes then
            left_out := left_out || 'input_data'::text;
            input := null;
            v_input_bytes := 0;
        end if;
        v_left := case when left_out = '{}' then v_left - v_error_bytes - v_input_bytes - v_output_bytes else -1 end;
        exit when v_left < 0 and v_place > 1;
        is_last := v_place = cardinality(v_ids);
        return next;
    end loop;
end $$;
