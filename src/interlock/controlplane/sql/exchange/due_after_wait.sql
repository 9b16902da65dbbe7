-- Returns when a wait that a worker reports ends: after a number of seconds, or at a time. If the wait names neither: now for a wait for time, else never.
create function interlock.due_after_wait(p_wait jsonb, p_now timestamptz) returns timestamptz language plpgsql stable set search_path = '' as $$
begin
    return case
        when jsonb_typeof(p_wait -> 'seconds') = 'number' then p_now + make_interval(secs => (p_wait ->> 'seconds')::double precision)
        else coalesce(interlock.time_or_null(p_wait ->> 'until'), case when coalesce(p_wait ->> 'for', 'time') = 'time' then p_now end) end;
end $$;
