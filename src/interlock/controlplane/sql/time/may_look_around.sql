-- Returns whether a sweep that found as much as it may has to look for what is due in other workspaces, too. Oldest first, a workspace with 100,000 due timers
-- would delay those of all others until its own are done. A look reads everything that is due, so it takes at most a fifth of the time, and is made
-- at most five times a second. Caller: the sweeps, with the lock of tick or one that they hold alone. Changes nothing.
create function interlock.may_look_around(p_sweep text, p_found integer, p_limit integer) returns boolean language plpgsql set search_path = '' as $$
begin
    return p_found >= p_limit
        and exists (select from interlock.workspaces w where w.id > 1)
        and not exists (
            select from interlock.sweeps s
            where s.sweep = p_sweep and clock_timestamp() between s.looked_at and s.looked_at + greatest(interval '200 ms', 4 * s.took));
end $$;
