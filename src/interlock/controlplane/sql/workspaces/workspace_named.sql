-- Returns the id and the name of a workspace, for the answers that say in which one somebody is, with the limits that API processes keep.
create function interlock.workspace_named(p_workspace_id integer) returns jsonb language sql stable set search_path = '' as $$
    select jsonb_build_object('workspace_id', w.id, 'workspace', w.name, 'limits', jsonb_build_object(
        'max_requests', w.max_requests, 'max_streams', w.max_streams,
        'is_alone', not exists (select from interlock.workspaces o where o.id <> w.id and o.deleted_at is null)))
    from interlock.workspaces w where w.id = p_workspace_id
$$;
