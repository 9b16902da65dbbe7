-- Lists the members of the workspace of the call, else of the first one, by email, after the given email; with `p_search`, those whose name or email
-- contains it.
create function interlock.list_users(p_search text, p_after text, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce(jsonb_agg(interlock.user_record(found.*, interlock.own_workspace()) order by lower(found.email)), '[]')
    from (select u.*
          from interlock.workspace_members m
          join interlock.users u on u.id = m.user_id
          where m.workspace_id = interlock.own_workspace() and u.deleted_at is null
            and (p_search is null or strpos(lower(u.name || ' ' || u.email), lower(p_search)) > 0)
            and (p_after is null or lower(u.email) > lower(p_after))
          order by lower(u.email)
          limit p_limit) found
$$;
