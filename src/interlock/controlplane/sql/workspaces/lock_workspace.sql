-- Keeps a workspace from being deleted until the end of this transaction. Caller: what adds something to it. Locks: the workspace's row, for key share.
-- Errors: IL060 workspace_not_found.
create function interlock.lock_workspace(p_workspace_id integer) returns void language plpgsql set search_path = '' as $$
begin
    perform from interlock.workspaces w where w.id = p_workspace_id and w.deleted_at is null for key share;
    if not found then
        perform interlock.raise_error('IL060', format('There is no workspace %s.', p_workspace_id));
    end if;
end $$;
