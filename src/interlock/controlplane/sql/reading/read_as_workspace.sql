-- Limits the rest of this transaction to reading in one workspace: with the role interlock_reader, where the caller may take it and it has its rights.
-- Caller:  the API and the command line, before each statement that reads. Errors: none. A repeat changes nothing.
create function interlock.read_as_workspace(p_workspace_id integer) returns text language sql as $$
    select set_config('interlock.workspace', p_workspace_id::text, true)
        || case when interlock.may_become_reader() and has_schema_privilege(to_regrole('interlock_reader'), 'interlock', 'usage')
            then set_config('role', 'interlock_reader', true) else '' end
$$;
