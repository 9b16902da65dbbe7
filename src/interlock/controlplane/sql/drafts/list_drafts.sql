-- Lists the drafts of a person in the call's workspace, in the first one if the call is not limited: without their content, those saved last first, at most
-- p_limit of those after the given position; only that of one workflow, if one is given. Caller: the API. Changes nothing.
create function interlock.list_drafts(p_user_id uuid, p_workflow_id uuid, p_after_at timestamptz, p_after_id uuid, p_limit integer) returns json
language sql stable set search_path = '' as $$
    select coalesce(json_agg(interlock.draft_record(found, false) order by found.updated_at desc, found.id desc), '[]')
    from (select d.*
          from interlock.drafts d
          where d.user_id = p_user_id and d.workspace_id = interlock.own_workspace() and (p_workflow_id is null or d.workflow_id = p_workflow_id)
              and (p_after_at is null or (d.updated_at, d.id) < (p_after_at, p_after_id))
          order by d.updated_at desc, d.id desc
          limit p_limit) found
$$;
