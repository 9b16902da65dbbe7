-- Returns the number of seconds until something is due that a worker of these queues can claim or that a tick would move; null: nothing is known to come.
-- In a call that is limited to a workspace it says nothing of ticks, which move what is of other workspaces too.
create function interlock.next_due_seconds(p_queues text[], p_now timestamptz) returns double precision
language plpgsql stable set search_path = '' as $$
begin
    return least(
        case when interlock.current_workspace() is null then interlock.next_tick_seconds(p_now) end,
        (select case when q.due_at <= p_now then 0 else extract(epoch from q.due_at - p_now)::double precision end
         from (
             select min(first.due_at) as due_at
             from pg_catalog.unnest(p_queues) u (queue)
             cross join lateral (
                 select a.due_at from interlock.claimable_assignments a
                 where a.queue = u.queue and a.due_at < 'infinity'
                 order by a.due_at limit 1
             ) first
         ) q));
end $$;
