-- Returns what expressions see as `execution`.
create function interlock.execution_scope(p_execution_id uuid) returns jsonb language plpgsql stable set search_path = '' as $$
begin
    return (
        select pg_catalog.jsonb_build_object('id', e.id, 'workflow', w.name, 'version', coalesce(v.version, w.current_version),
            'started_at', interlock.utc_text(e.started_at))
        from interlock.executions e
        join interlock.workflow_versions v on v.id = e.version_id
        join interlock.workflows w on w.id = e.workflow_id
        where e.id = p_execution_id);
end $$;
