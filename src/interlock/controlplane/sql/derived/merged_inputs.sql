-- Returns the input of a visit of a join: the outputs that its tokens brought, merged in order of slots, later ones win; late tokens are left out.
-- Always one row. A plain SQL function in a from clause, so that it becomes part of the statement that calls it.
create function interlock.merged_inputs(p_execution_id uuid, p_join_node integer, p_visit integer) returns table (input jsonb)
language sql stable as $$
    select coalesce(pg_catalog.jsonb_object_agg(pair.key, pair.value order by t.slot), '{}')
    from interlock.tokens t
    cross join lateral (                                                  -- offset: finds each by its whole key, and does not read all of the execution for each token
        select o.execution_id, o.id, o.output from interlock.assignments o
        where o.execution_id = t.execution_id and o.id = t.from_assignment_id offset 0
    ) a
    cross join lateral pg_catalog.jsonb_each(coalesce(a.output, interlock.output_of(a.execution_id, a.id))) pair
    where t.execution_id = p_execution_id and t.join_node = p_join_node and t.visit = p_visit and not t.late
$$;
