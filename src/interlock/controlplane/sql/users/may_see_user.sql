-- Returns whether a call may see a person: a member of the workspace that it is limited to, or anybody if it is not limited. Volatile, so that it reads what
-- was committed while the caller waited for a lock.
create function interlock.may_see_user(p_user_id uuid) returns boolean language sql volatile set search_path = '' as $$
    select interlock.current_workspace() is null or exists (
        select from interlock.workspace_members m where m.user_id = p_user_id and m.workspace_id = interlock.current_workspace())
$$;
