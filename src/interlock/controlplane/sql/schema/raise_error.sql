-- Raises an error of the product: SQLSTATE is its code, `detail` says where, `hint` says how to fix it. docs/errors.md lists the codes.
create function interlock.raise_error(p_code text, p_message text, p_detail text default null, p_hint text default null) returns void
language plpgsql set search_path = '' as $$
begin
    raise exception using errcode = p_code, message = p_message, detail = coalesce(p_detail, ''), hint = coalesce(p_hint, '');
end $$;
