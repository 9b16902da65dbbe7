-- Returns a workspace as people see it, with the role of a person in it: null if they are not a member, or if nobody is given.
create function interlock.workspace_record(p_workspace interlock.workspaces, p_user_id uuid) returns jsonb language sql stable set search_path = '' as $$
    select jsonb_build_object(
        'id', p_workspace.id, 'name', p_workspace.name, 'created_at', p_workspace.created_at,
        'role', (select m.role from interlock.workspace_members m where m.user_id = p_user_id and m.workspace_id = p_workspace.id),
        'max_requests', p_workspace.max_requests, 'max_streams', p_workspace.max_streams, 'max_running', p_workspace.max_running,
        'max_stored_bytes', p_workspace.max_stored_bytes, 'stored_bytes', p_workspace.stored_bytes,
        'stored_measured_at', p_workspace.stored_measured_at)
$$;
