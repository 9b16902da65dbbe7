-- Returns a member of the workspace of the call, else of the first one, by id. Errors: IL036 user_not_found.
create function interlock.get_user(p_user_id uuid) returns jsonb language plpgsql stable set search_path = '' as $$
declare
    v_workspace integer := interlock.own_workspace();
    v_user      interlock.users;
begin
    select u.* into v_user
    from interlock.workspace_members m
    join interlock.users u on u.id = m.user_id
    where m.user_id = p_user_id and m.workspace_id = v_workspace and u.deleted_at is null;
    if v_user.id is null then
        perform interlock.raise_error('IL036', format('There is no user %s.', p_user_id));
    end if;
    return interlock.user_record(v_user, v_workspace);
end $$;
