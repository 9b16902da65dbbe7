-- Creates a person who is in no workspace yet; returns null if another one has the email or the external id. Caller: create_user, admit_external_user, which
-- make them a member of one.
create function interlock.create_person(
    p_email text, p_name text, p_password_hash text, p_must_change boolean, p_external_id text, p_now timestamptz) returns interlock.users
language plpgsql set search_path = '' as $$
declare
    v_user interlock.users;
begin
    insert into interlock.users (id, name, email, password_hash, must_change_password, external_id, created_at)
    values (interlock.uuidv7(), p_name, p_email, p_password_hash, p_must_change, p_external_id, p_now)
    on conflict do nothing
    returning * into v_user;
    return v_user;
end $$;
