-- Creates the first person, an admin with a one-time password; returns null if there is a person already. Caller: the first start of the API.
-- Locks:   an advisory lock, so that of two concurrent first starts one creates the admin. A repeat returns null and changes nothing.
create function interlock.create_first_admin(p_email text, p_name text, p_password_hash text) returns jsonb
language plpgsql set search_path = '' as $$
begin
    perform interlock.require_read_committed();
    perform pg_advisory_xact_lock(interlock.advisory_key('first admin'));
    if interlock.has_people() then
        return null;
    end if;
    return interlock.create_user(p_email, p_name, 'admin', p_password_hash, true, null, 'interlock');
end $$;
