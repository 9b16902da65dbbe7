-- Returns the id and the name of a workspace, for the answers that say in which one somebody is.
create function interlock.workspace_named(p_workspace_id integer) returns jsonb language sql stable set search_path = '' as $$
    select jsonb_build_object('workspace_id', w.id, 'workspace', w.name) from interlock.workspaces w where w.id = p_workspace_id
$$;
