-- Returns whether something that has to run alone has been due for five seconds: then workers finish their assignments before they claim anything else.
create function interlock.has_lonely_work(p_queues text[], p_node_types text[], p_now timestamptz) returns boolean language plpgsql stable set search_path = '' as $$
begin
    return (
        select exists (
            select from pg_catalog.unnest(p_queues) q (queue)
            join interlock.claimable_special_assignments a on a.queue = q.queue
            where a.loss_count >= 2 and (a.requires is null or a.requires = any (p_node_types)) and a.due_at <= p_now - interval '5 seconds'));
end $$;
