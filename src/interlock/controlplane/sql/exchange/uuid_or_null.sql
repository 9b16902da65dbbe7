-- Reads an id that came from outside; null if it is not one.
create function interlock.uuid_or_null(p_text text) returns uuid language plpgsql immutable set search_path = '' as $$
begin
    return p_text::uuid;
exception when data_exception then
    return null;
end $$;
