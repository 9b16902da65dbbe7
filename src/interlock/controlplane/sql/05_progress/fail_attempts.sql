-- Attempts that did not succeed: another one after a delay, or the node's error policy.
-- Transition: running, waiting -> pending | failed.
-- Caller:  record_results, tick; with the locks of the executions. What the policy lets leave and what it ends are given back.
-- p_outcome: failed | timed_out, kept with the attempt.
create function interlock.fail_attempts(p_executions uuid[], p_assignments uuid[], p_errors jsonb[], p_outcome text, p_now timestamptz)
returns interlock.wave
language plpgsql set search_path = '' as $$
declare
    v_wave  interlock.wave;
    c_going constant text[] := '{running,waiting}';                       -- not a literal: no partial index is to be scanned for it
begin
    with failing as materialized (
        select f.ord, a.execution_id, a.id, a.attempt, a.loss_count, a.worker_id, a.started_at, a.is_indexed, a.node_no, a.visit, n.on_error,
               n.ordered, e.suspended_at is not null as suspended,
               case when jsonb_typeof(f.error) = 'object' then f.error else '{}' end || jsonb_build_object(
                   'code', coalesce(f.error ->> 'code', 'failed'), 'message', coalesce(f.error ->> 'message', ''), 'attempt', a.attempt) as error,
               coalesce(f.error -> 'retryable' <> 'false', true) and a.attempt < n.max_attempts and a.status = 'running' as again,
               greatest(
                   least(n.retry_initial_seconds * power(n.retry_multiplier, least(a.attempt - 1, 60)), n.retry_max_seconds)
                       * (1 + n.retry_jitter * (2 * random() - 1)),
                   case when jsonb_typeof(f.error #> '{details,retry_after_seconds}') = 'number'
                       then least((f.error #>> '{details,retry_after_seconds}')::numeric, 86400)::double precision end,
                   0) as delay
        from unnest(p_executions, p_assignments, p_errors) with ordinality f (execution_id, id, error, ord)
        join interlock.assignments a on a.execution_id = f.execution_id and a.id = f.id and a.status = any (c_going)
        cross join lateral (select x.* from interlock.nodes x where x.version_id = a.version_id and x.node_no = a.node_no offset 0) n
        join interlock.executions e on e.id = f.execution_id
    ), noted as (
        insert into interlock.assignment_attempts (execution_id, assignment_id, attempt, loss_count, outcome, error, worker_id, started_at, ended_at)
        select f.execution_id, f.id, f.attempt, f.loss_count, p_outcome, f.error, f.worker_id, f.started_at, p_now from failing f
        on conflict do nothing
    ), decided as materialized (
        select f.*, case
            when f.again then 'pending'
            when f.on_error <> 'fail' and f.ordered and interlock.has_earlier_open_visit(f.execution_id, f.node_no, f.visit) then 'waiting'
            else 'failed' end as status
        from failing f
    ), updated as (
        update interlock.assignments a
        set status = d.status,
            attempt = a.attempt + case when d.again then 1 else 0 end,
            due_at = case when d.again then p_now + make_interval(secs => d.delay) end,
            suspended = d.again and d.suspended,
            wait_for = case when d.status = 'waiting' then 'order' end,
            worker_id = case when d.again then null else a.worker_id end,
            error = d.error,
            output = case when not d.again and d.on_error <> 'fail' then jsonb_build_object('error', d.error) end,
            ports = case when not d.again and d.on_error = 'port' then '{error}'::text[] end,
            ended_at = case when d.status = 'failed' then p_now end,
            change_number = nextval('interlock.change_numbers')
        from decided d
        where a.execution_id = d.execution_id and a.id = d.id
        returning 1
    )
    select
        array_agg(d.execution_id) filter (where d.status = 'failed' and d.on_error <> 'fail'),
        array_agg(d.id) filter (where d.status = 'failed' and d.on_error <> 'fail'),
        array_agg(d.execution_id) filter (where d.status = 'failed' and d.on_error = 'fail'),
        array_agg(d.id) filter (where d.status = 'failed' and d.on_error = 'fail'),
        array_agg(d.error) filter (where d.status = 'failed' and d.on_error = 'fail')
    into v_wave.frontier_executions, v_wave.frontier_assignments, v_wave.ended_executions, v_wave.ended_by, v_wave.ended_errors
    from (select x.* from decided x order by x.ord) d;
    return v_wave;
end $$;
