-- Lists the credentials of the call's workspace without their values, by name: at most p_limit of those after the name p_after. A call that is not limited
-- lists those of the first workspace. Caller: the API. Changes nothing.
create function interlock.list_credentials(p_after text, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce(jsonb_agg(interlock.credential_json(c) order by c.name), '[]')
    from (
        select * from interlock.credentials c
        where c.workspace_id = interlock.own_workspace() and (p_after is null or c.name > p_after)
        order by c.name limit p_limit
    ) c
$$;
