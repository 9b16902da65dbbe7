-- Returns the statements that give the role interlock_reader what it needs, as far as it does not have it: first those that only somebody who may make roles
-- can run, then those of the owner of the schema. Without any of it, or if the user may not become the role, reads rely on their conditions alone.
-- Caller:  give_rights, `interlock doctor`. Changes nothing.
create function interlock.missing_rights() returns text[] language sql stable set search_path = '' as $$
    select coalesce(array_agg(r.statement order by r.place, r.statement), '{}')
    from (
        select 1 as place, 'create role interlock_reader nologin' as statement where to_regrole('interlock_reader') is null
        union all
        select 2, format('grant interlock_reader to %I', current_user)
                  || case when current_setting('server_version_num')::integer >= 160000 then ' with inherit false, set true' else '' end
        where not (select u.rolsuper from pg_catalog.pg_roles u where u.rolname = current_user) and not interlock.may_become_reader()
        union all
        select 3, format('grant execute on function %s to interlock_reader', p.oid::regprocedure)
        from pg_catalog.pg_proc p
        where p.pronamespace = 'interlock'::regnamespace and not coalesce(has_function_privilege(to_regrole('interlock_reader'), p.oid, 'execute'), false)
            and p.proname in ('now', 'current_workspace', 'own_workspace', 'visible_workspaces', 'scoped_name', 'unscoped_name', 'queue_key', 'workspace_of', 'running_count',
                'find_workflow', 'list_executions', 'count_executions', 'execution_output', 'output_of', 'input_of', 'merged_inputs', 'run_data_page')
        union all
        select 4, format('grant select on interlock.%I to interlock_reader', c.relname)
        from pg_catalog.pg_class c
        where c.relnamespace = 'interlock'::regnamespace and not coalesce(has_table_privilege(to_regrole('interlock_reader'), c.oid, 'select'), false)
            and c.relname in ('test_clock', 'workflows', 'workflow_versions', 'nodes', 'connections', 'executions', 'assignments', 'tokens',
                'assignment_attempts', 'audit_log', 'workers', 'queues', 'assignment_details', 'claimable_assignments', 'claimable_special_assignments', 'timers',
                'assignment_timers', 'virtual_user_timers', 'deadline_timers', 'unsettled_timers', 'lease_timers')
        union all
        -- nothing that is secret: no password, no ciphertext
        select 5, format('grant select (%s) on interlock.%I to interlock_reader', g.columns, g.table_name)
        from (values
            ('workspaces', 'id, name, deleted_at, max_running, max_stored_bytes, stored_bytes, stored_measured_at'),
            ('workspace_members', 'user_id, workspace_id'), ('users', 'id, name, is_system'),
            ('credentials', 'workspace_id, name, kind')) g (table_name, columns)
        where exists (
            select from unnest(string_to_array(g.columns, ', ')) a (name)
            where not coalesce(has_column_privilege(to_regrole('interlock_reader'), format('interlock.%I', g.table_name), a.name, 'select'), false))
        union all
        -- last: reads take the role from here on
        select 6, 'grant usage on schema interlock to interlock_reader'
        where not coalesce(has_schema_privilege(to_regrole('interlock_reader'), 'interlock', 'usage'), false)
    ) r
$$;
