-- Returns the full hash of an account and an address, which identifies a successful sign-in.
create function interlock.sign_in_pair(p_email text, p_remote text) returns bytea language sql immutable set search_path = '' as $$
    select sha256(convert_to(p_email || ' ' || p_remote, 'UTF8'))
$$;
