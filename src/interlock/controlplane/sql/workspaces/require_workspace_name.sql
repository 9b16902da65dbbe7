-- Raises IL013 bad_request if a text cannot be the name of a workspace.
create function interlock.require_workspace_name(p_name text) returns void language plpgsql set search_path = '' as $$
begin
    if p_name is null or p_name !~ '^[a-z0-9][a-z0-9_-]{0,62}$' then
        perform interlock.raise_error('IL013', format('%s cannot be the name of a workspace.', quote_nullable(left(p_name, 100))),
            p_hint => 'Use 1 to 63 lower-case letters, digits, - and _, beginning with a letter or a digit.');
    end if;
end $$;
