-- Raises IL037 last_admin if this person is the last admin of a workspace who can sign in; p_workspace_id null: of any of their workspaces.
-- The caller has locked all admins with lock_admins_and.
create function interlock.require_other_admin(p_user interlock.users, p_workspace_id integer) returns void language plpgsql set search_path = '' as $$
declare
    v_workspace interlock.workspaces;
begin
    if p_user.disabled_at is not null then
        return;
    end if;
    select w.* into v_workspace
    from interlock.workspace_members m
    join interlock.workspaces w on w.id = m.workspace_id
    where m.user_id = p_user.id and m.role = 'admin' and m.workspace_id = coalesce(p_workspace_id, m.workspace_id)
      and not exists (
          select from interlock.workspace_members other
          join interlock.users u on u.id = other.user_id
          where other.workspace_id = m.workspace_id and other.role = 'admin' and other.user_id <> p_user.id
            and u.disabled_at is null and u.deleted_at is null and (u.password_hash is not null or u.external_id is not null))
    order by m.workspace_id
    limit 1;
    if v_workspace.id is not null then
        perform interlock.raise_error('IL037',
            case when v_workspace.id = 1 then format('%s is the last admin.', p_user.email)
                 else format('%s is the last admin of the workspace %s.', p_user.email, v_workspace.name) end,
            p_hint => 'Make another user an admin first.');
    end if;
end $$;
