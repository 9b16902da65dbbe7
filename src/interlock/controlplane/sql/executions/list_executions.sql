-- Lists one page of executions of the call's workspace, newest first: finds the newest of each status by an index, and merges them. Changes nothing.
-- Caller:  insight. p_statuses: each once. p_tests: exclude, include or only test runs. p_before_at, p_before_id: the last of the previous page; infinity if there is none.
-- The leading condition is the subject if one is given, else the workflow, else the status: each has an index that ends in the order of the list.
-- A call that is not limited lists those of all workspaces, each of which has its part of the index.
create function interlock.list_executions(
    p_statuses text[], p_workflow_id uuid, p_subject text, p_created_from timestamptz, p_created_to timestamptz, p_before_at timestamptz,
    p_before_id uuid, p_limit integer, p_tests text default 'exclude'
) returns setof interlock.executions
language plpgsql stable set search_path = '' as $$
declare                                                                   -- one bound only: of two the index might begin at the wrong one
    v_before_at  timestamptz := least(p_created_to, p_before_at);
    v_before_id  uuid := case when p_before_at < p_created_to then p_before_id else '00000000-0000-0000-0000-000000000000' end;
    v_workspaces integer[] := interlock.visible_workspaces();
begin
    if p_subject is not null then
        return query
            select p.* from unnest(v_workspaces) w (id)
            cross join unnest(p_statuses) s (status)
            cross join lateral (
                select e.* from interlock.executions e
                where e.workspace_id = w.id and e.subject = p_subject and e.status = s.status
                    and (p_workflow_id is null or e.workflow_id = p_workflow_id)
                    and e.created_at >= p_created_from and (e.created_at, e.id) < (v_before_at, v_before_id)
                    and (p_tests = 'include' or (p_tests = 'only') = (e.test is not null))
                order by e.created_at desc, e.id desc limit p_limit
            ) p
            order by p.created_at desc, p.id desc limit p_limit;
    elsif p_workflow_id is not null then
        return query
            select p.* from interlock.workflows w
            cross join unnest(p_statuses) s (status)
            cross join lateral (
                select e.* from interlock.executions e
                where e.workflow_id = w.id and e.status = s.status
                    and e.created_at >= p_created_from and (e.created_at, e.id) < (v_before_at, v_before_id)
                    and (p_tests = 'include' or (p_tests = 'only') = (e.test is not null))
                order by e.created_at desc, e.id desc limit p_limit
            ) p
            where w.id = p_workflow_id and w.workspace_id = any (v_workspaces)
            order by p.created_at desc, p.id desc limit p_limit;
    else
        return query
            select p.* from unnest(v_workspaces) w (id)
            cross join unnest(p_statuses) s (status)
            cross join lateral (
                select e.* from interlock.executions e
                where e.workspace_id = w.id and e.status = s.status
                    and e.created_at >= p_created_from and (e.created_at, e.id) < (v_before_at, v_before_id)
                    and (p_tests = 'include' or (p_tests = 'only') = (e.test is not null))
                order by e.created_at desc, e.id desc limit p_limit
            ) p
            order by p.created_at desc, p.id desc limit p_limit;
    end if;
end $$;
