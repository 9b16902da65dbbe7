-- Returns whether a JSON value is nested deeper than 100 levels, the depth that every reader supports. A value that deep has at least 820 bytes.
-- Stable, as pg_column_size is, so that it becomes part of the statement that calls it.
create function interlock.is_too_deep(p_value jsonb) returns boolean language sql stable as $$
    select pg_catalog.pg_column_size(p_value) > 800
        and pg_catalog.jsonb_path_exists(p_value, 'strict $.**{100} ? (@.type() == "object" || @.type() == "array")')
$$;
