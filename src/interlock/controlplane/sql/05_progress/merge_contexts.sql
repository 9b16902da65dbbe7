-- The shared objects of executions take in what visits put there, in order, later wins.
create function interlock.merge_contexts(p_executions uuid[], p_patches jsonb[]) returns void
language plpgsql set search_path = '' as $$
begin
    update interlock.executions e
    set context = e.context || c.patch, context_revision = e.context_revision + c.changes, change_number = nextval('interlock.change_numbers')
    from (
        select u.execution_id, jsonb_object_agg(pair.key, pair.value order by u.ord) as patch, count(distinct u.ord)::integer as changes
        from unnest(p_executions, p_patches) with ordinality u (execution_id, patch, ord)
        cross join lateral jsonb_each(u.patch) pair
        where jsonb_typeof(u.patch) = 'object'
        group by u.execution_id
    ) c
    where e.id = c.execution_id;
end $$;
