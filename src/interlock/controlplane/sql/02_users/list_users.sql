-- People who were not deleted, newest first, after the given place; with `p_search` those whose name or email contains it.
create function interlock.list_users(p_search text, p_after_at timestamptz, p_after_id uuid, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce(jsonb_agg(interlock.user_record(found) order by found.created_at desc, found.id desc), '[]')
    from (select u.*
          from interlock.users u
          where not u.is_system and u.deleted_at is null
            and (p_search is null or strpos(lower(u.name || ' ' || u.email), lower(p_search)) > 0)
            and (p_after_at is null or (u.created_at, u.id) < (p_after_at, p_after_id))
          order by u.created_at desc, u.id desc
          limit p_limit) found
$$;
