-- Returns keys of locks that something waits for, in turn for each workspace, any of them. Caller: sweep_locks.
create function interlock.lock_keys_around(p_limit integer) returns text[]
language plpgsql set search_path = '' as $$
declare
    v_began timestamptz := clock_timestamp();
    v_keys  text[];
begin
    select array_agg(k.lock_key) into v_keys
    from (
        select d.lock_key, row_number() over (partition by interlock.workspace_of(d.lock_key) order by random()) as turn
        from (
            select distinct a.lock_key from interlock.assignments a
            where a.lock_key is not null and a.status = 'pending' and a.due_at = 'infinity' and not a.suspended
        ) d
        order by turn limit p_limit
    ) k;
    perform interlock.note_look('locks', v_began);
    return v_keys;
end $$;
