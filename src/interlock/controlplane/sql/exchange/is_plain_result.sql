-- Returns whether a result is plain: completed with an object, through `main`, without a change of the context. It says nothing about its node: see plain_nodes.
create function interlock.is_plain_result(p_outcome text, p_output jsonb, p_port jsonb, p_context jsonb) returns boolean language sql stable as $$
    select coalesce(p_outcome = 'completed' and coalesce(p_port, 'null') in ('null', '"main"') and coalesce(p_context, 'null') = 'null'
        and pg_catalog.jsonb_typeof(p_output) = 'object' and not interlock.is_too_deep(p_output), false)
$$;
