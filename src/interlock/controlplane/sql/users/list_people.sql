-- Lists the people of the installation by email, whatever workspace they are in; with `p_search`, those whose name or email contains it.
-- Caller: the command line on the database.
create function interlock.list_people(p_search text, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce(jsonb_agg(interlock.person_record(found.*) order by lower(found.email)), '[]')
    from (select u.*
          from interlock.users u
          where not u.is_system and u.deleted_at is null
            and (p_search is null or strpos(lower(u.name || ' ' || u.email), lower(p_search)) > 0)
          order by lower(u.email)
          limit p_limit) found
$$;
