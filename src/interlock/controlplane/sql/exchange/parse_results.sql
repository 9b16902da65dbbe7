-- Turns the results that a worker sent into endings, in order. A result that does not have the right form gets no outcome, and does not affect the others.
-- Caller: exchange_all. Changes nothing.
create function interlock.parse_results(p_results jsonb, p_worker_id uuid, p_now timestamptz) returns interlock.ending[]
language plpgsql stable set search_path = '' as $$
declare
    v_all interlock.ending[];
    v_one jsonb;
begin
    begin
        select array_agg(row(r.execution_id, r.assignment_id, 'running',
                   -- the outcome; none where the result does not have the right form
                   case
                       when r.execution_id is null or r.assignment_id is null or r.attempt is null or interlock.is_too_deep(r.output) or interlock.is_too_deep(r.context)
                           or interlock.is_too_deep(r.error) then null
                       when r.outcome = 'released' then 'pending'
                       when r.outcome in ('completed', 'failed', 'broken') or r.outcome = 'waiting' and interlock.is_wait(r.wait) then r.outcome end,
                   p_worker_id, r.attempt,
                   case
                       when r.outcome not in ('completed', 'waiting') then null
                       when jsonb_typeof(r.output) = 'object' then r.output
                       when r.output is null then case when r.outcome = 'completed' then '{}'::jsonb end
                       else jsonb_build_object('value', r.output) end,
                   case when r.outcome not in ('completed', 'waiting') then null else case jsonb_typeof(r.port)
                       when 'array' then array(select jsonb_array_elements_text(r.port))
                       when 'string' then nullif(array[r.port #>> '{}'], '{main}') end end,
                   case when r.outcome in ('failed', 'released', 'broken') then
                       -- these keys say what a cancelled visit was
                       case when jsonb_typeof(r.error) = 'object' then r.error - '{was,due_at,wait_for,error}'::text[] else r.error end end,
                   case when r.outcome = 'completed' then r.context end,
                   case r.outcome when 'released' then p_now when 'waiting' then interlock.due_after_wait(r.wait, p_now) end,
                   case r.outcome when 'waiting' then coalesce(r.wait ->> 'for', 'time') end,
                   null, null, r.requires, r.outcome = 'completed', false, r.tries)::interlock.ending)
        into v_all
        from jsonb_to_recordset(p_results) r (execution_id uuid, assignment_id uuid, attempt integer, outcome text, output jsonb, port jsonb,
            error jsonb, wait jsonb, context jsonb, tries integer, requires text);
        return v_all;
    exception when data_exception then
        if jsonb_array_length(p_results) = 1 then
            return array[null::interlock.ending];
        end if;
    end;
    for v_one in select jsonb_array_elements(p_results) loop
        v_all := v_all || interlock.parse_results(jsonb_build_array(v_one), p_worker_id, p_now);
    end loop;
    return v_all;
end $$;
