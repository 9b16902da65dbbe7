-- Whether something that has to run alone has been due for five seconds: workers then let their other work run dry.
create function interlock.has_lonely_work(p_queues text[], p_now timestamptz) returns boolean language plpgsql stable set search_path = '' as $$
begin
    return (
        select exists (
            select from pg_catalog.unnest(p_queues) q (queue)
            join interlock.assignments a on a.queue = q.queue
            where a.status = 'pending' and not a.suspended and a.queue is not null and (a.lock_key is not null or a.loss_count >= 2)
                and a.loss_count >= 2 and a.due_at <= p_now - interval '5 seconds'));
end $$;
