-- The answer to each result of an exchange in which not all went well. p_done: places in it that were recorded.
-- No exists(): it may be planned as a hash of the whole table.
-- Results that say "failed" are judged, not recorded: ok means that they may be.
create function interlock.judge_results(p_worker_id uuid, p_results interlock.results, p_locked uuid[], p_done integer[]) returns text[]
language plpgsql stable set search_path = '' as $$
begin
    return (
        select pg_catalog.array_agg(case
            when r.outcome is null then 'IL004'
            when r.ord = any (p_done) then 'ok'
            when not r.execution_id = any (p_locked) then
                case when (select true from interlock.executions e where e.id = r.execution_id limit 1) then 'busy' else 'IL001' end
            when a.id is null then 'IL001'
            when a.status = 'running' and a.worker_id = p_worker_id and a.attempt = r.attempt and r.outcome = 'failed' and r.nth = 1 then 'ok'
            when a.worker_id = p_worker_id and a.attempt = r.attempt and a.status <> 'cancelled' and (
                select true from interlock.assignment_attempts t
                where t.execution_id = a.execution_id and t.assignment_id = a.id and t.attempt = a.attempt and t.outcome = 'timed_out'
                limit 1) is null
            then 'repeated'
            else 'IL002' end order by r.ord)
        from (
            select u.*, pg_catalog.row_number() over (partition by u.execution_id, u.id, u.attempt order by u.ord) as nth
            from unnest((p_results).executions, (p_results).assignments, (p_results).attempts, (p_results).outcomes) with ordinality
                u (execution_id, id, attempt, outcome, ord)
        ) r
        left join interlock.assignments a on a.execution_id = r.execution_id and a.id = r.id);
end $$;
