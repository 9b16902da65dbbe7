-- Returns whether the `wait` of a worker's result has the right form: nothing, or an object with a sensible delay, for something that a result may wait for
-- (see wait_kinds). Changes nothing.
create function interlock.is_wait(p_wait jsonb) returns boolean language plpgsql stable set search_path = '' as $$
begin
    return p_wait is null or jsonb_typeof(p_wait) = 'null' or jsonb_typeof(p_wait) = 'object'
        and exists (select from interlock.wait_kinds k where k.wait_for = coalesce(p_wait ->> 'for', 'time') and k.by_result)
        and case jsonb_typeof(p_wait -> 'seconds')
            when 'number' then (p_wait ->> 'seconds')::numeric between -3153600000 and 3153600000
            when 'null' then true
            else p_wait -> 'seconds' is null end;
end $$;
