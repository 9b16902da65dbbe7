-- Returns the name of a queue or a lock as its workspace knows it, see scoped_name.
create function interlock.unscoped_name(p_stored text) returns text language sql immutable as $$
    select case when left(p_stored, 1) = '#' then substr(p_stored, strpos(p_stored, ':') + 1) else p_stored end
$$;
