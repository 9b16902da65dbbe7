-- Reads a time that came from outside; null if it is not one.
create function interlock.time_or_null(p_text text) returns timestamptz language plpgsql stable set search_path = '' as $$
begin
    return p_text::timestamptz;
exception when data_exception then
    return null;
end $$;
