-- Lists the workspaces of a person by name, after the given name, with their role in each; with p_all, every workspace. A call that is limited to a workspace
-- finds only that one.
create function interlock.list_workspaces(p_user_id uuid, p_all boolean, p_after text, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce(jsonb_agg(interlock.workspace_record(found.*, p_user_id) order by found.name), '[]')
    from (select w.*
          from interlock.workspaces w
          where w.deleted_at is null and w.id = coalesce(interlock.current_workspace(), w.id)
            and (p_all or exists (select from interlock.workspace_members m where m.user_id = p_user_id and m.workspace_id = w.id))
            and (p_after is null or w.name > p_after)
          order by w.name
          limit p_limit) found
$$;
