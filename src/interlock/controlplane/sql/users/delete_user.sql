-- Removes a person from the workspace of the call, else from the first one: their keys in it are revoked. Who was in no other workspace is deleted: their
-- sessions end, and the email is free again. The row stays for the record of what they did.
-- Transition: (member) is no member; deleted_at is set with the last workspace. Caller: an admin.
-- Locks:   the person and all admins of their workspaces. Errors: IL036 user_not_found, IL037 last_admin. A repeat is refused with IL036.
create function interlock.delete_user(p_user_id uuid, p_by text) returns jsonb language plpgsql set search_path = '' as $$
declare
    v_now       timestamptz := interlock.now();
    v_workspace integer := interlock.own_workspace();
    v_user      interlock.users;
    v_before    jsonb;
begin
    perform interlock.require_read_committed();
    perform interlock.lock_admins_and(p_user_id);
    v_user := interlock.lock_user(p_user_id);
    perform interlock.require_other_admin(v_user, v_workspace);
    v_before := interlock.user_record(v_user, v_workspace);
    if not interlock.leave_workspace(p_user_id, v_workspace, v_now) then
        perform interlock.raise_error('IL036', format('There is no user %s.', p_user_id));
    end if;
    perform interlock.record_audit(
        case when exists (select from interlock.users u where u.id = p_user_id and u.deleted_at is not null) then 'delete_user' else 'remove_user' end, p_by,
        jsonb_build_object('user_id', p_user_id, 'email', v_user.email, 'role', v_before -> 'role', 'workspace_id', v_workspace), v_now,
        p_workspace_id => v_workspace);
    return v_before;
end $$;
