-- An id that came from outside, or null where it is none.
create function interlock.uuid_or_null(p_text text) returns uuid language plpgsql immutable set search_path = '' as $$
begin
    return p_text::uuid;
exception when data_exception then
    return null;
end $$;
