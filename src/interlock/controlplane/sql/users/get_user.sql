-- Returns a person by id. Errors: IL036 user_not_found.
create function interlock.get_user(p_user_id uuid) returns jsonb language plpgsql stable set search_path = '' as $$
declare
    v_user interlock.users;
begin
    select u.* into v_user from interlock.users u where u.id = p_user_id and not u.is_system and u.deleted_at is null;
    if v_user.id is null then
        perform interlock.raise_error('IL036', format('There is no user %s.', p_user_id));
    end if;
    return interlock.user_record(v_user);
end $$;
