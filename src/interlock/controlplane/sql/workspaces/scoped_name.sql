-- Returns the name under which a queue or a lock of a workspace is stored: the name itself in the first workspace, in another one with the workspace before
-- it. So what moves executions needs not know that there are workspaces. unscoped_name gives the name back, workspace_of the workspace.
create function interlock.scoped_name(p_workspace_id integer, p_name text) returns text language sql immutable as $$
    select case when p_workspace_id = 1 and left(p_name, 1) <> '#' then p_name else '#' || p_workspace_id || ':' || p_name end
$$;
