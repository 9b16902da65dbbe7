-- A time that came from outside, or null where it is none.
create function interlock.time_or_null(p_text text) returns timestamptz language plpgsql stable set search_path = '' as $$
begin
    return p_text::timestamptz;
exception when data_exception then
    return null;
end $$;
