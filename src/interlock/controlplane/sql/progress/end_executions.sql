-- Ends executions: cancels their open visits, and frees the locks that they held.
-- Transition: execution pending, running, waiting, paused -> completed | failed | cancelled | timed_out.
-- Caller:  apply_wave, cancel, sweep_deadlines, fail_broken_execution; with the locks of the executions. Errors: none. A repeat changes nothing.
-- Cancels at most 5000 open visits at once; if there are more, the executions end all the same, and ticks cancel the rest.
create function interlock.end_executions(p_ended interlock.ended_execution[], p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
declare
    v_more uuid[] := interlock.cancel_open_visits(array(select distinct x.id from unnest(p_ended) x), p_now);
begin
    update interlock.executions e
    set status = x.status, ended_at = p_now, started_at = coalesce(e.started_at, p_now), error = x.error,
        end_id = case when x.status = 'completed' then x.ended_by end, unsettled = e.id = any (v_more),
        change_number = nextval('interlock.change_numbers')
    from (
        select distinct on (u.id) u.* from unnest(p_ended) with ordinality u (id, status, ended_by, error, ord) order by u.id, u.ord
    ) x
    where e.id = x.id and e.ended_at is null;
    if found then
        perform interlock.announce_ends(array(select x.id from unnest(p_ended) x)) from interlock.listeners l where l.expires_at > p_now limit 1;
    end if;
end $$;
