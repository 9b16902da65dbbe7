-- Counts the executions of each status, each at most up to p_most. Changes nothing. Caller: insight.
create function interlock.count_executions(p_statuses text[], p_workflow_id uuid, p_subject text, p_most integer)
returns table (status text, count bigint)
language plpgsql stable set search_path = '' as $$
begin
    return query
        select s.status, case
            when p_subject is not null then (
                select count(*) from (
                    select from interlock.executions e
                    where e.subject = p_subject and e.status = s.status and (p_workflow_id is null or e.workflow_id = p_workflow_id) limit p_most) x)
            when p_workflow_id is not null then (
                select count(*) from (
                    select from interlock.executions e where e.workflow_id = p_workflow_id and e.status = s.status limit p_most) x)
            else (select count(*) from (select from interlock.executions e where e.status = s.status limit p_most) x) end
        from unnest(p_statuses) s (status);
end $$;
