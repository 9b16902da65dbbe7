-- Returns those late marks whose visits have gone in this execution; null if none is left. Caller: take_over, which may have left visits out.
create function interlock.standing_marks(p_execution_id uuid, p_marks jsonb) returns jsonb language sql stable as $$
    select pg_catalog.jsonb_object_agg(m.key, m.value)
    from pg_catalog.jsonb_each(p_marks) m
    where exists (
        select from interlock.assignments j
        where j.execution_id = p_execution_id and j.node_no = m.key::integer and j.visit = (m.value #>> '{}')::integer
            and j.parent_assignment_id is null and j.status <> 'holding')
$$;
