-- Returns credentials whose key is not wrapped by the master key p_key_id, by id: at most p_limit of those after p_after. Changes nothing.
-- Caller: `interlock credentials rewrap`.
create function interlock.credentials_to_rewrap(p_key_id text, p_after uuid, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'name', c.name, 'kind', c.kind, 'revision', c.revision,
        'wrapped_key', encode(c.wrapped_key, 'base64'), 'key_id', c.key_id) order by c.id), '[]')
    from (
        select * from interlock.credentials c
        where c.key_id <> p_key_id and (p_after is null or c.id > p_after)
            and c.workspace_id = coalesce(interlock.current_workspace(), c.workspace_id)
        order by c.id limit p_limit
    ) c
$$;
