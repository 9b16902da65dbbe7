-- Deletes a workspace in which nothing is left to do: its members leave, their keys in it are revoked, and its credentials are deleted. Who was in no other
-- workspace is deleted. Its ended executions stay; its name is free.
-- Transition: deleted_at is set. Caller: an admin of the first workspace, which is never deleted.
-- Locks:   the members and then the workspace, as everybody locks them who adds something to it; waits for transactions that may start an execution of a
--          workflow which is already deleted.
-- Errors:  IL031 not_allowed (in a call of another workspace than the first), IL060 workspace_not_found (also on a repeat), IL061 workspace_in_use: it has
--          workflows, or executions that have not ended.
create function interlock.delete_workspace(p_workspace_id integer, p_by text) returns jsonb language plpgsql set search_path = '' as $$
declare
    v_now       timestamptz := interlock.now();
    v_workspace interlock.workspaces;
begin
    perform interlock.require_read_committed();
    perform interlock.require_first_workspace();
    select w.* into v_workspace from interlock.workspaces w where w.id = p_workspace_id and w.deleted_at is null;
    if v_workspace.id is null then
        perform interlock.raise_error('IL060', format('There is no workspace %s.', p_workspace_id));
    elsif p_workspace_id = 1 then
        perform interlock.raise_error('IL061', format('The workspace %s cannot be deleted: its admins administer the installation.', v_workspace.name));
    end if;
    perform interlock.require_unused_workspace(v_workspace);                    -- at once, without a lock
    perform from interlock.users u
    where u.id in (select m.user_id from interlock.workspace_members m where m.workspace_id = p_workspace_id)
    order by u.id for no key update;
    select w.* into v_workspace from interlock.workspaces w where w.id = p_workspace_id and w.deleted_at is null for update;
    if v_workspace.id is null then
        perform interlock.raise_error('IL060', format('There is no workspace %s.', p_workspace_id));
    end if;
    perform interlock.await_starts(v_workspace);
    perform interlock.require_unused_workspace(v_workspace);                    -- nothing can be added any more

    update interlock.workspaces w set deleted_at = v_now where w.id = p_workspace_id;
    perform interlock.leave_workspace(m.user_id, p_workspace_id, v_now)
    from interlock.workspace_members m where m.workspace_id = p_workspace_id order by m.user_id;
    update interlock.api_keys k set revoked_at = v_now where k.workspace_id = p_workspace_id and k.revoked_at is null;
    delete from interlock.credentials c where c.workspace_id = p_workspace_id;
    perform interlock.record_audit('delete_workspace', p_by, jsonb_build_object('workspace_id', p_workspace_id, 'name', v_workspace.name), v_now);
    return jsonb_build_object('workspace_id', p_workspace_id, 'name', v_workspace.name);
end $$;
