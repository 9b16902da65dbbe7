-- In how many seconds the next thing that time moves is due, for a worker of these queues; null: nothing is known to come.
-- What waits for a cron's sweep is not a worker's to wait for; behind more than 100 of those, polling finds what else is due.
create function interlock.next_due_seconds(p_queues text[], p_now timestamptz) returns double precision language plpgsql stable set search_path = '' as $$
begin
    return (
        select case when due.seconds < 0 then 0 else due.seconds end
        from (
            select extract(epoch from least(
                (select min(q.due_at) from pg_catalog.unnest(p_queues) u (queue)
                 cross join lateral (
                     select a.due_at from interlock.assignments a
                     where a.queue = u.queue and a.status = 'pending' and not a.suspended and a.queue is not null and a.lock_key is null
                         and a.loss_count < 2 and a.due_at < 'infinity'
                     order by a.due_at limit 1) q),
                (select t.due_at from interlock.assignments t
                 where t.status in ('running', 'waiting') and t.due_at is not null and t.due_at < 'infinity'
                 order by t.due_at limit 1),
                (select min(v.due_at)
                 from (
                     select p.version_id, p.node_no, p.due_at from interlock.assignments p
                     where p.status = 'pending' and not p.suspended and p.queue is null and p.due_at < 'infinity'
                     order by p.due_at limit 100
                 ) v
                 join interlock.nodes n on n.version_id = v.version_id and n.node_no = v.node_no and not n.by_cron)) - p_now)::double precision
        ) due (seconds));
end $$;
