-- Takes a person out of a workspace and revokes their keys in it; deletes the person if they are in no other one. Returns whether they were in it.
-- Caller:  delete_user, delete_workspace, which have locked the person.
create function interlock.leave_workspace(p_user_id uuid, p_workspace_id integer, p_now timestamptz) returns boolean
language plpgsql set search_path = '' as $$
begin
    delete from interlock.workspace_members m where m.user_id = p_user_id and m.workspace_id = p_workspace_id;
    if not found then
        return false;
    end if;
    update interlock.api_keys k set revoked_at = p_now where k.user_id = p_user_id and k.workspace_id = p_workspace_id and k.revoked_at is null;
    update interlock.users u set workspace_id = null where u.id = p_user_id and u.workspace_id = p_workspace_id;
    if not exists (select from interlock.workspace_members m where m.user_id = p_user_id) then
        update interlock.users u
        set deleted_at = p_now, disabled_at = coalesce(u.disabled_at, p_now), password_hash = null, must_change_password = false
        where u.id = p_user_id;
        delete from interlock.sessions s where s.user_id = p_user_id;
    end if;
    return true;
end $$;
