-- Notes that a sweep has looked for what is due in other workspaces, see may_look_around. Caller: the sweeps.
create function interlock.note_look(p_sweep text, p_began timestamptz) returns void language plpgsql set search_path = '' as $$
begin
    insert into interlock.sweeps as s (sweep, looked_at, took) values (p_sweep, clock_timestamp(), clock_timestamp() - p_began)
    on conflict (sweep) do update set looked_at = excluded.looked_at, took = excluded.took;
end $$;
