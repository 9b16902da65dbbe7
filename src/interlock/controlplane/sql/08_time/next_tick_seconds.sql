-- In how many seconds the next thing that a tick would move is due; null: nothing is known to come.
create function interlock.next_tick_seconds(p_now timestamptz) returns double precision language plpgsql stable set search_path = '' as $$
begin
    return (
        select case when due.seconds < 0 then 0 else due.seconds end
        from (
            select extract(epoch from least(
                (select t.due_at from interlock.assignments t
                 where t.status in ('running', 'waiting') and t.due_at is not null and t.due_at < 'infinity' order by t.due_at limit 1),
                (select min(v.due_at)
                 from (
                     select p.version_id, p.node_no, p.due_at from interlock.assignments p
                     where p.status = 'pending' and not p.suspended and p.queue is null and p.due_at < 'infinity'
                     order by p.due_at limit 100
                 ) v
                 join interlock.nodes n on n.version_id = v.version_id and n.node_no = v.node_no and not n.by_cron),
                (select p_now from interlock.executions e where e.unsettled limit 1),
                (select e.deadline_at from interlock.executions e where e.deadline_at is not null and e.ended_at is null
                 order by e.deadline_at limit 1)) - p_now)::double precision
        ) due (seconds));
end $$;
