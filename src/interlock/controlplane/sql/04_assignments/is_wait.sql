-- Whether what a worker says that an assignment waits for is of the form: nothing, or an object with a known `for` and a sensible delay.
create function interlock.is_wait(p_wait jsonb) returns boolean language sql immutable as $$
    select p_wait is null or pg_catalog.jsonb_typeof(p_wait) = 'null' or pg_catalog.jsonb_typeof(p_wait) = 'object'
        and coalesce(p_wait ->> 'for', 'time') in ('time', 'person', 'signal', 'callback')
        and case pg_catalog.jsonb_typeof(p_wait -> 'seconds')
            when 'number' then (p_wait ->> 'seconds')::numeric between -3153600000 and 3153600000
            when 'null' then true
            else p_wait -> 'seconds' is null end
$$;
