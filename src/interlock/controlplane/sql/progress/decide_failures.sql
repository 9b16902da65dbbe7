-- Decides what becomes of attempts that did not succeed: another attempt after a delay, or the error policy of the node; and records each attempt.
-- Transition: none; finish makes it: running -> pending | failed, waiting -> failed.
-- Caller:  replace_failures, finish_due, fail_doomed, cancel_assignment; with the locks of the executions.
-- p_failures: endings with their error; those whose visit is no longer what it was are left out. p_outcome: recorded with the attempt.
create function interlock.decide_failures(p_failures interlock.ending[], p_outcome text, p_now timestamptz) returns interlock.ending[]
language plpgsql set search_path = '' as $$
declare
    v_endings interlock.ending[];
begin
    with failing as materialized (
        select f.ord, f.execution_id, f.id, f.was, f.outcome, f.tries, a.attempt, a.loss_count, a.worker_id, a.started_at, n.on_error,
               case when jsonb_typeof(f.error) = 'object' then f.error else '{}' end || jsonb_build_object(
                   'code', coalesce(f.error ->> 'code', 'failed'),
                   'message', coalesce(nullif(f.error ->> 'message', ''), 'The executor gave no message.'),
                   'attempt', a.attempt) as error,
               f.outcome = 'failed' and coalesce(f.error -> 'retryable' <> 'false', true) and a.attempt < n.max_attempts and f.was = 'running' as again,
               greatest(
                   least(n.retry_initial_seconds * power(n.retry_multiplier, least(a.attempt - 1, 60)), n.retry_max_seconds)
                       * (1 + n.retry_jitter * (2 * random() - 1)),
                   case when jsonb_typeof(f.error #> '{details,retry_after_seconds}') = 'number'
                       then least((f.error #>> '{details,retry_after_seconds}')::numeric, 86400)::double precision end,
                   0) as delay
        from unnest(p_failures) with ordinality f (execution_id, id, was, outcome, worker_id, attempt, output, ports, error, context, due_at, wait_for,
            retries, losses, requires, leaves, ends_execution, tries, ord)
        join interlock.assignments a on a.execution_id = f.execution_id and a.id = f.id and a.status = any ('{holding,pending,running,waiting}')
            and case when f.was in ('running', 'waiting') then a.status = f.was and (f.worker_id is null or a.worker_id = f.worker_id)
                and (f.attempt is null or a.attempt = f.attempt) else true end
        cross join lateral (select x.* from interlock.nodes x where x.version_id = a.version_id and x.node_no = a.node_no offset 0) n
    ), kept as (
        insert into interlock.assignment_attempts (execution_id, assignment_id, attempt, loss_count, outcome, error, worker_id, started_at, ended_at)
        select f.execution_id, f.id, f.attempt, f.loss_count, p_outcome, f.error, f.worker_id, f.started_at, p_now
        from failing f
        where f.was in ('running', 'waiting')
        on conflict do nothing
    )
    select array_agg(row(f.execution_id, f.id, f.was, case when f.again then 'pending' else f.outcome end, f.worker_id, f.attempt, null,
               case when not f.again and f.on_error = 'port' then '{error}'::text[] end, f.error, null,
               case when f.again then p_now + make_interval(secs => f.delay) end, null, f.again::integer, null, null,
               not f.again and f.on_error <> 'fail', not f.again and f.on_error = 'fail', f.tries)::interlock.ending order by f.ord)
    into v_endings
    from failing f;
    return v_endings;
end $$;
