-- Finds assignments that were done when their execution ended, and therefore did not leave: nothing followed from them although a connection leads on.
-- Caller: retry. Returns them in the order in which they were done; null if there are none.
create function interlock.unsent_assignments(p_execution_id uuid, p_except uuid[]) returns uuid[] language sql stable as $$
    select pg_catalog.array_agg(a.id order by a.change_number)
    from interlock.assignments a
    where a.execution_id = p_execution_id and a.parent_assignment_id is null and a.id <> all (p_except)
        and (a.status = 'completed' or a.output is not null and (a.status = 'failed' or a.status = 'cancelled' and a.error ->> 'code' = 'cancelled'))
        and exists (
            select from interlock.connections c
            where c.version_id = a.version_id and c.from_node = a.node_no and c.type = 'MAIN'
                and c.port = any (coalesce(a.ports, '{main}')))
        and not exists (
            select from interlock.assignments b where b.execution_id = a.execution_id and b.previous_assignment_id = a.id)
        and not exists (
            select from interlock.tokens t where t.execution_id = a.execution_id and t.from_assignment_id = a.id)
$$;
