-- Locks a person who is not deleted, and returns the row. In a call that is limited to a workspace, who is not a member of it does not exist.
-- Errors: IL036 user_not_found.
create function interlock.lock_user(p_user_id uuid) returns interlock.users language plpgsql set search_path = '' as $$
declare
    v_user interlock.users;
begin
    select u.* into v_user from interlock.users u where u.id = p_user_id and not u.is_system and u.deleted_at is null for no key update;
    if v_user.id is null or not interlock.may_see_user(p_user_id) then
        perform interlock.raise_error('IL036', format('There is no user %s.', p_user_id));
    end if;
    return v_user;
end $$;
