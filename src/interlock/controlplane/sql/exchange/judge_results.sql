-- Returns the answer to each result of an exchange in which some were not written. Changes nothing.
-- Caller: record_results, after writing. p_written: the positions of the results that were written.
-- No exists(): PostgreSQL may plan it as a hash of the whole table.
create function interlock.judge_results(p_worker_id uuid, p_results interlock.ending[], p_locked uuid[], p_written bigint[]) returns text[]
language plpgsql stable set search_path = '' as $$
begin
    return (
        select array_agg(case
            when r.ord = any (p_written) then 'ok'
            when r.outcome is null then 'IL004'
            when e.id is null or a.id is null and (e.ended_at is not null or e.id = any (p_locked)) then 'IL001'
            when e.ended_at is null and not e.id = any (p_locked) then 'busy'
            -- this worker reported this attempt before, and that result was written
            when a.worker_id = p_worker_id and a.attempt = r.attempt and a.status not in ('running', 'cancelled') and not coalesce(a.error ? 'was', false) and (
                select true from interlock.assignment_attempts t
                where t.execution_id = a.execution_id and t.assignment_id = a.id and t.attempt = a.attempt and t.outcome = 'timed_out'
                limit 1) is null
            then 'repeated'
            when (
                select true from interlock.assignment_attempts t
                where t.execution_id = a.execution_id and t.assignment_id = a.id and t.attempt = r.attempt and t.outcome = 'failed'
                    and t.worker_id = p_worker_id and r.outcome = 'failed'
                limit 1)
            then 'repeated'
            else 'IL002' end order by r.ord)
        from unnest(p_results) with ordinality r (execution_id, id, was, outcome, worker_id, attempt, output, ports, error, context, due_at, wait_for,
            retries, losses, requires, leaves, ends_execution, tries, ord)
        left join interlock.executions e on e.id = r.execution_id
        left join interlock.assignments a on a.execution_id = r.execution_id and a.id = r.id);
end $$;
