-- Merges the changes of visits into the contexts of their executions, in order, later ones win; and records each change, so that an earlier state of the
-- context can be rebuilt. Caller: apply_wave, with the locks of the executions.
create function interlock.merge_contexts(p_changes interlock.context_change[]) returns void
language plpgsql set search_path = '' as $$
begin
    insert into interlock.context_changes (execution_id, revision, assignment_id, patch)
    select c.execution_id, e.context_revision + row_number() over (partition by c.execution_id order by c.ord), c.assignment_id, c.patch
    from unnest(p_changes) with ordinality c (execution_id, assignment_id, patch, ord)
    join interlock.executions e on e.id = c.execution_id
    where jsonb_typeof(c.patch) = 'object' and c.patch <> '{}';

    update interlock.executions e
    set context = e.context || c.patch, context_revision = e.context_revision + c.changes, change_number = nextval('interlock.change_numbers')
    from (
        select u.execution_id, jsonb_object_agg(pair.key, pair.value order by u.ord) as patch, count(distinct u.ord)::integer as changes
        from unnest(p_changes) with ordinality u (execution_id, assignment_id, patch, ord)
        cross join lateral jsonb_each(u.patch) pair
        where jsonb_typeof(u.patch) = 'object'
        group by u.execution_id
    ) c
    where e.id = c.execution_id;
end $$;
