-- Returns a person as people see them, without secrets, with their role in a workspace; null if they are not a member of it.
create function interlock.user_record(p_user interlock.users, p_workspace_id integer) returns jsonb language sql stable set search_path = '' as $$
    select interlock.person_record(p_user) || jsonb_build_object('role', (
        select m.role from interlock.workspace_members m where m.user_id = p_user.id and m.workspace_id = p_workspace_id))
$$;
