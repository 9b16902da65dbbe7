-- Limits the rest of this transaction to reading in one workspace: with the role interlock_reader, where the caller may take it and it has its rights.
-- Caller:  the API and the command line, before each statement that reads. Errors: none. A repeat changes nothing.
-- In PL/pgSQL, because a session then plans it once; assigned, because a perform would be a statement of its own.
create function interlock.read_as_workspace(p_workspace_id integer) returns void language plpgsql set search_path = '' as $$
declare
    v_set text := set_config('interlock.workspace', p_workspace_id::text, true);
begin
    if interlock.may_become_reader() and has_schema_privilege(to_regrole('interlock_reader'), 'interlock', 'usage') then
        v_set := set_config('role', 'interlock_reader', true);
    end if;
end $$;
