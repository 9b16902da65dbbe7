-- Returns the key of a queue of a workspace: scoped_name, but in the first workspace with its id too once its running assignments were limited, see
-- carry_first_workspace. Changes nothing.
create function interlock.queue_key(p_workspace_id integer, p_name text) returns text language sql stable set search_path = '' as $$
    select case when p_workspace_id = 1 and exists (
            select from interlock.workspaces w where w.id = 1 and w.max_running is not null
            union all
            select from interlock.queues q where q.key = '#1:' || p_name)
        then '#1:' || p_name else interlock.scoped_name(p_workspace_id, p_name) end
$$;
