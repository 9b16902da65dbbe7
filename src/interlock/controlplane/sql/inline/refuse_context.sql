-- Returns why a context cannot take this value, as an error, or null if it can. A context has at most 8 MiB and 100 levels. Changes nothing.
create function interlock.refuse_context(p_context jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    c_most_bytes constant integer := 8388608;
begin
    if pg_column_size(p_context) > c_most_bytes then
        return interlock.assignment_error('context_too_large',
            format('The context of this execution would have %s bytes; at most %s are allowed.', pg_column_size(p_context), c_most_bytes),
            'Keep large values elsewhere (a table, a file store) and put a reference into the context.');
    elsif interlock.is_too_deep(p_context) then
        return interlock.assignment_error('value_too_deep', 'The value of the context is nested more than 100 levels deep.',
            'Store the inner part as text, or make the value flatter.');
    end if;
    return null;
end $$;
