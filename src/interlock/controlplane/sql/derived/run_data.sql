-- Returns the execution's path with the inputs, outputs, status and timing of each step, in the form of seed 004. Derived, never stored.
create function interlock.run_data(p_execution_id uuid) returns jsonb language sql stable as $$
    select pg_catalog.jsonb_build_object(
        'execution_path', coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
            'assignment_id', a.id, 'node_id', a.node_id, 'node_name', a.name, 'node_type', a.type, 'node_subtype', a.subtype, 'visit', a.visit,
            'attempt', a.attempt, 'status', a.status, 'port', a.ports, 'actor', a.actor, 'input_data', a.input, 'output_data', a.output,
            'error', a.error, 'start_time', a.started_at, 'end_time', a.ended_at,
            'execution_time_ms', extract(epoch from a.ended_at - a.started_at) * 1000) order by a.created_at, a.change_number), '[]'),
        'node_results', coalesce(pg_catalog.jsonb_object_agg(a.node_id, pg_catalog.jsonb_build_object('status', a.status, 'output_data', a.output)
            order by a.visit), '{}'))
    from interlock.assignment_details a
    where a.execution_id = p_execution_id
$$;
