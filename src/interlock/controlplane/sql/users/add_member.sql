-- Makes a person a member of a workspace; returns whether they were not one yet. Caller: create_user, admit_external_user, which keep the workspace from being
-- deleted meanwhile.
create function interlock.add_member(p_user interlock.users, p_workspace_id integer, p_role text, p_is_new boolean, p_by text, p_now timestamptz)
returns boolean language plpgsql set search_path = '' as $$
begin
    insert into interlock.workspace_members (user_id, workspace_id, role, created_at) values (p_user.id, p_workspace_id, p_role, p_now)
    on conflict do nothing;
    if not found then
        return false;
    end if;
    perform interlock.record_audit(case when p_is_new then 'create_user' else 'add_user' end, p_by,
        jsonb_build_object('user_id', p_user.id, 'email', p_user.email, 'role', p_role, 'external_id', p_user.external_id,
            'workspace_id', p_workspace_id),
        p_now, p_workspace_id => p_workspace_id);
    return true;
end $$;
