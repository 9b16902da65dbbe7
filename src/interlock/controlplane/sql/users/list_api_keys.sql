-- Lists API keys of the workspace of the call, newest first, after the given position: those of one person, or of all if none is given.
create function interlock.list_api_keys(p_user_id uuid, p_after_at timestamptz, p_after_id uuid, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce(jsonb_agg(interlock.api_key_record(found) order by found.created_at desc, found.id desc), '[]')
    from (select k.*
          from interlock.api_keys k
          where k.workspace_id = interlock.own_workspace() and (p_user_id is null or k.user_id = p_user_id) and (p_after_at is null or (k.created_at, k.id) < (p_after_at, p_after_id))
          order by k.created_at desc, k.id desc
          limit p_limit) found
$$;
