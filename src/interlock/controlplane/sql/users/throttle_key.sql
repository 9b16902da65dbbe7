-- Returns the key of the row of sign_in_throttles that a kind of throttle counts in.
create function interlock.throttle_key(p_kind text, p_of text) returns text language sql immutable set search_path = '' as $$
    select p_kind || ':' || left(encode(sha256(convert_to(p_kind || ' ' || p_of, 'UTF8')), 'hex'), 5)
$$;
