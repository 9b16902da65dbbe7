-- Returns the number of seconds until the next thing is due that a tick would move; null: nothing is known to come. Leases of workers do not count: workers
-- tick more often than leases expire.
create function interlock.next_tick_seconds(p_now timestamptz) returns double precision language plpgsql stable set search_path = '' as $$
declare
    v_due_at timestamptz := least(
        (select t.due_at from interlock.assignment_timers t where t.due_at < 'infinity' order by t.due_at limit 1),
        (select t.due_at from interlock.virtual_user_timers t where t.due_at < 'infinity' order by t.queue, t.due_at limit 1),
        (select t.due_at from interlock.deadline_timers t order by t.due_at limit 1),
        (select t.due_at from interlock.unsettled_timers t limit 1));
begin
    return case when v_due_at <= p_now then 0 else extract(epoch from v_due_at - p_now)::double precision end;
end $$;
