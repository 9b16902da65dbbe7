-- Raises IL031 not_allowed if an admin of a workspace may not change a person's name, password and whether they are disabled, because the person is also
-- in other workspaces. Themselves, an admin of all their workspaces, an admin of the first workspace, and a caller who is not limited to a workspace may.
-- p_by_user: whose rights in other workspaces count; null, as for an API key: only those in the workspace of the call.
create function interlock.require_right_to_change(p_user interlock.users, p_by_user uuid) returns void language plpgsql set search_path = '' as $$
begin
    -- that the caller is an admin of the workspace of the call has been checked
    if interlock.own_workspace() = 1 or p_user.id = p_by_user then
        return;
    end if;
    if exists (
        select from interlock.workspace_members m
        where m.user_id = p_user.id and m.workspace_id <> interlock.current_workspace()
          and not exists (
              select from interlock.workspace_members own
              where own.user_id = p_by_user and own.role = 'admin' and own.workspace_id in (1, m.workspace_id))) then
        perform interlock.raise_error('IL031', format(
                '%s is also in other workspaces, so an admin of one cannot change the name or the password, or disable the account.', p_user.email),
            p_hint => 'Change the role or remove the user from this workspace, or ask an admin of the workspace default.');
    end if;
end $$;
