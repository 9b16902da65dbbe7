-- Returns whether a workspace has a limit on its running assignments, so that they are counted before one begins.
create function interlock.is_limited(p_workspace_id integer) returns boolean language plpgsql stable set search_path = '' as $$
begin
    return exists (select from interlock.workspaces w where w.id = p_workspace_id and w.max_running is not null);
end $$;
