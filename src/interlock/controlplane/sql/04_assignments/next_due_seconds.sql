-- In how many seconds the next thing that time moves is due, for a worker of these queues; null: nothing is known to come.
create function interlock.next_due_seconds(p_queues text[], p_now timestamptz) returns double precision language plpgsql stable set search_path = '' as $$
begin
    return (
        select greatest(0, extract(epoch from least(
            (select min(q.due_at) from pg_catalog.unnest(p_queues) u (queue)
             cross join lateral (
                 select a.due_at from interlock.assignments a
                 where a.queue = u.queue and a.status = 'pending' and not a.suspended and a.queue is not null and a.lock_key is null and a.loss_count < 2
                     and a.due_at < 'infinity'
                 order by a.due_at limit 1) q),
            (select t.due_at from interlock.assignments t
             where t.status in ('running', 'waiting') and t.due_at is not null and t.due_at < 'infinity'
             order by t.due_at limit 1),
            (select v.due_at from interlock.assignments v
             where v.status = 'pending' and not v.suspended and v.queue is null and v.due_at < 'infinity'
             order by v.due_at limit 1)) - p_now))::double precision);
end $$;
