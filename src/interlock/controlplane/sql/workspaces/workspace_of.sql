-- Returns the id of the workspace of a stored name of a queue or a lock, see scoped_name.
create function interlock.workspace_of(p_stored text) returns integer language sql immutable as $$
    select case when left(p_stored, 1) = '#' then substr(p_stored, 2, strpos(p_stored, ':') - 2)::integer else 1 end
$$;
