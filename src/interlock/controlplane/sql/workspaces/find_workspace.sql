-- Returns the workspace with this name as an admin of the installation sees it. Caller: the command line on the database. Errors: IL060 workspace_not_found.
create function interlock.find_workspace(p_name text) returns jsonb language plpgsql stable set search_path = '' as $$
declare
    v_workspace interlock.workspaces;
begin
    select w.* into v_workspace from interlock.workspaces w where w.name = p_name and w.deleted_at is null;
    if v_workspace.id is null then
        perform interlock.raise_error('IL060', format('There is no workspace named %s.', p_name), p_hint => 'interlock workspaces list');
    end if;
    return interlock.workspace_record(v_workspace, null);
end $$;
