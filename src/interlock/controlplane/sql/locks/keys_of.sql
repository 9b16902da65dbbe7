-- Returns the lock keys of these executions and their visits.
create function interlock.keys_of(p_executions uuid[]) returns text[] language plpgsql stable set search_path = '' as $$
begin
    return (
        select pg_catalog.array_agg(distinct k.lock_key)
        from pg_catalog.unnest(p_executions) x (id)
        cross join lateral (
            select a.lock_key from interlock.assignments a where a.execution_id = x.id and a.lock_key is not null
            union all
            select e.lock_key from interlock.executions e where e.id = x.id and e.lock_key is not null
        ) k);
end $$;
