-- Creates a person. Caller: an admin, create_first_admin, or admit_external_user if the identity service names the role.
-- Locks:   only the new row; of two calls with one email, the second is refused. Errors: IL021 name_taken. A repeat is refused.
create function interlock.create_user(
    p_email text, p_name text, p_role text, p_password_hash text, p_must_change boolean, p_external_id text, p_by text) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_user interlock.users;
begin
    perform interlock.require_read_committed();
    insert into interlock.users (id, name, email, role, password_hash, must_change_password, external_id, created_at)
    values (interlock.uuidv7(), p_name, p_email, p_role, p_password_hash, p_must_change, p_external_id, interlock.now())
    on conflict do nothing
    returning * into v_user;
    if v_user.id is null then
        perform interlock.raise_error('IL021', format('There is already a user %s.', p_email), p_hint => 'Change that user, or use another email.');
    end if;
    perform interlock.record_audit('create_user', p_by,
        jsonb_build_object('user_id', v_user.id, 'email', v_user.email, 'role', v_user.role, 'external_id', v_user.external_id),
        v_user.created_at);
    return interlock.user_record(v_user);
end $$;
