-- Tells listening workers that something new can be done, if one of them has capacity for it. The last statement of a transaction.
-- Caller: every function that leaves something pending. p_queues: the queues; an element that is null is for a virtual user.
create function interlock.wake_workers(p_queues text[], p_except uuid default null) returns void
language plpgsql set search_path = '' as $$
begin
    if cardinality(p_queues) > 0 then
        perform pg_notify('workflow_changes', (select coalesce(string_agg(distinct q, ','), 'virtual') from unnest(p_queues) q))
        from interlock.exchanges x
        where x.worker_id is distinct from p_except and (x.queues && p_queues or array_position(p_queues, null) is not null and x.queues <> '{}')
        limit 1;
    end if;
end $$;
