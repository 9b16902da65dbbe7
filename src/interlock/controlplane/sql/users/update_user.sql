-- Changes a person; null leaves a value as it is. The role is that in the workspace of the call, else in the first one. Caller: an admin of it; of the other
-- values, one with the right to change the person, see require_right_to_change. A new password is a one-time password: it ends every session and has to be changed.
-- Disabling ends every session too, and no key of the person is valid while it lasts.
-- p_by_user: the admin, if a session proves them; null: an API key, or nobody.
-- Locks:   the person and all admins of their workspaces. Errors: IL036 user_not_found, IL037 last_admin, IL031 not_allowed. A repeat changes nothing more.
create function interlock.update_user(
    p_user_id uuid, p_name text, p_role text, p_disabled boolean, p_password_hash text, p_by text, p_by_user uuid default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now         timestamptz := interlock.now();
    v_workspace   integer := interlock.own_workspace();
    v_role_before text;
    v_before      interlock.users;
    v_after       interlock.users;
begin
    perform interlock.require_read_committed();
    perform interlock.lock_admins_and(p_user_id);
    v_before := interlock.lock_user(p_user_id);
    select m.role into v_role_before from interlock.workspace_members m where m.user_id = p_user_id and m.workspace_id = v_workspace;
    if p_role is not null and v_role_before is null then
        perform interlock.raise_error('IL036', format('There is no user %s.', p_user_id));
    end if;
    if p_name <> v_before.name or p_disabled <> (v_before.disabled_at is not null) or p_password_hash is not null then
        perform interlock.require_right_to_change(v_before, p_by_user);
    end if;
    if p_role <> 'admin' then
        perform interlock.require_other_admin(v_before, v_workspace);
    end if;
    if p_disabled then
        perform interlock.require_other_admin(v_before, null);
    end if;
    update interlock.users u
    set name = coalesce(p_name, u.name),
        disabled_at = case when p_disabled is null then u.disabled_at when p_disabled then coalesce(u.disabled_at, v_now) end,
        password_hash = coalesce(p_password_hash, u.password_hash),
        must_change_password = u.must_change_password or p_password_hash is not null
    where u.id = p_user_id
    returning * into v_after;
    update interlock.workspace_members m set role = p_role where m.user_id = p_user_id and m.workspace_id = v_workspace and m.role <> p_role;
    if v_after.disabled_at is not null or p_password_hash is not null then
        delete from interlock.sessions s where s.user_id = p_user_id;
    end if;
    if p_password_hash is not null then
        delete from interlock.sign_in_throttles t where t.key = interlock.throttle_key('account', v_after.email);
    end if;
    perform interlock.record_audit('update_user', p_by,
        jsonb_strip_nulls(jsonb_build_object('user_id', p_user_id, 'email', v_after.email, 'name', p_name, 'role', p_role,
            'role_before', case when p_role is not null then v_role_before end,
            'disabled', p_disabled, 'password_reset', case when p_password_hash is not null then true end)),
        v_now, p_workspace_id => case when p_role is not null then v_workspace end);
    return interlock.user_record(v_after, v_workspace);
end $$;
