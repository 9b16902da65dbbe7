-- Counts the executions of each status in the call's workspace, each at most up to p_most; a call that is not limited counts those of all workspaces.
-- Changes nothing. Caller: insight. p_tests: exclude, include or only test runs.
create function interlock.count_executions(p_statuses text[], p_workflow_id uuid, p_subject text, p_most integer, p_tests text default 'exclude')
returns table (status text, count bigint)
language plpgsql stable set search_path = '' as $$
declare
    v_workspaces integer[] := interlock.visible_workspaces();
begin
    return query
        select s.status, case
            when p_subject is not null then (
                select count(*) from (
                    select from unnest(v_workspaces) w (id)
                    cross join lateral (
                        select from interlock.executions e
                        where e.workspace_id = w.id and e.subject = p_subject and e.status = s.status
                            and (p_workflow_id is null or e.workflow_id = p_workflow_id)
                            and (p_tests = 'include' or (p_tests = 'only') = (e.test is not null)) limit p_most
                    ) o
                    limit p_most) x)
            when p_workflow_id is not null then (
                select count(*) from (
                    select from interlock.workflows w
                    cross join lateral (select from interlock.executions e where e.workflow_id = w.id and e.status = s.status
                        and (p_tests = 'include' or (p_tests = 'only') = (e.test is not null)) limit p_most) o
                    where w.id = p_workflow_id and w.workspace_id = any (v_workspaces) limit p_most) x)
            else (
                select count(*) from (
                    select from unnest(v_workspaces) w (id)
                    cross join lateral (select from interlock.executions e where e.workspace_id = w.id and e.status = s.status
                        and (p_tests = 'include' or (p_tests = 'only') = (e.test is not null)) limit p_most) o
                    limit p_most) x)
            end
        from unnest(p_statuses) s (status);
end $$;
