-- Returns the id of the workspace in which a person's sign-in begins: the one that they chose last, else the one that they joined first; null if they are a
-- member of none. Whose session is of a workspace that they left goes on in this one, too.
create function interlock.sign_in_workspace(p_user interlock.users) returns integer language sql stable set search_path = '' as $$
    select m.workspace_id from interlock.workspace_members m
    where m.user_id = p_user.id
    order by m.workspace_id is not distinct from p_user.workspace_id desc, m.created_at, m.workspace_id
    limit 1
$$;
