-- What a worker reports is written down, each row for itself.
-- Transition: running -> completed | failed | waiting | pending.
-- Caller:  exchange, which has locked p_locked.
-- Answers: ok, repeated, busy (send again), IL001 assignment_not_found, IL002 assignment_lost, IL004 result_malformed.
-- A repeat finds the assignment finished by the same worker and attempt and answers repeated.
create function interlock.record_results(
    p_worker_id uuid, p_results interlock.results, p_locked uuid[], p_all_locked boolean, p_now timestamptz,
    out answers text[], out wave interlock.wave
)
language plpgsql set search_path = '' as $$
declare
    v_count  integer := cardinality((p_results).outcomes);
    v_done   integer[];
    v_other  interlock.wave;
    v_ordered boolean;
    v_failed boolean := 'failed' = any ((p_results).outcomes);
    c_running constant text := 'running';                                 -- not a literal: no partial index is to be scanned for it
begin
    with reported as materialized (
        select r.*, case jsonb_typeof(r.port)
                   when 'array' then array(select jsonb_array_elements_text(r.port))
                   when 'string' then nullif(array[r.port #>> '{}'], '{main}') end as ports
        from unnest((p_results).executions, (p_results).assignments, (p_results).attempts, (p_results).outcomes, (p_results).outputs,
            (p_results).ports, (p_results).waits) with ordinality r (execution_id, id, attempt, outcome, output, port, wait, ord)
        where r.outcome in ('completed', 'waiting', 'released') and (p_all_locked or r.execution_id = any (p_locked))
    ), recorded as (
        update interlock.assignments a
        set status = case r.outcome
                when 'completed' then case when a.ordered and interlock.is_parked_by_order(p_results, a.execution_id, a.node_no, a.visit)
                    then 'waiting' else 'completed' end
                when 'waiting' then 'waiting' else 'pending' end,
            output = case r.outcome
                when 'completed' then r.output
                when 'waiting' then coalesce(r.output, interlock.input_of(a.execution_id, a.id)) end,
            ports = r.ports,
            source_execution_id = case when r.outcome = 'released' then a.source_execution_id end,
            source_id = case when r.outcome = 'released' then a.source_id end,
            due_at = case r.outcome
                when 'released' then p_now
                when 'waiting' then case
                    when jsonb_typeof(r.wait -> 'seconds') = 'number' then p_now + make_interval(secs => (r.wait ->> 'seconds')::double precision)
                    else coalesce(interlock.time_or_null(r.wait ->> 'until'),
                        case when coalesce(r.wait ->> 'for', 'time') = 'time' then p_now end) end
                end,
            wait_for = case r.outcome
                when 'waiting' then coalesce(r.wait ->> 'for', 'time')
                when 'completed' then case when a.ordered and interlock.is_parked_by_order(p_results, a.execution_id, a.node_no, a.visit)
                    then 'order' end
                end,
            worker_id = case when r.outcome <> 'released' then a.worker_id end,
            error = null,
            suspended = r.outcome = 'released' and (
                select e.suspended_at is not null from interlock.executions e where e.id = a.execution_id),
            ended_at = case when r.outcome = 'completed'
                and not (a.ordered and interlock.is_parked_by_order(p_results, a.execution_id, a.node_no, a.visit)) then p_now end,
            change_number = nextval('interlock.change_numbers')
        from reported r
        where a.execution_id = r.execution_id and a.id = r.id and a.attempt = r.attempt and a.worker_id = p_worker_id and a.status = c_running
        returning r.ord, a.execution_id, a.id, a.node_no, a.visit, a.status, a.queue, a.ordered
    )
    select array_agg(x.ord),
           array_agg(x.execution_id) filter (where x.status = 'completed'),
           array_agg(x.id) filter (where x.status = 'completed'),
           array_agg(distinct x.queue) filter (where x.status = 'pending'),
           bool_or(x.ordered)
    into v_done, wave.frontier_executions, wave.frontier_assignments, wave.pending_queues, v_ordered
    from (select c.* from recorded c order by c.ord) x;
    if v_ordered then
        select f.executions, f.assignments into wave.frontier_executions, wave.frontier_assignments
        from interlock.in_order_of_visits(wave.frontier_executions, wave.frontier_assignments) f;
    end if;

    if (p_results).contexts is not null and exists (select from unnest((p_results).contexts) c where c is not null) then
        select array_agg(c.execution_id), array_agg(c.context) into wave.context_executions, wave.context_patches
        from (
            select c.execution_id, c.context
            from unnest((p_results).executions, (p_results).contexts, (p_results).outcomes) with ordinality c (execution_id, context, outcome, ord)
            where c.context is not null and c.outcome = 'completed' and c.ord = any (v_done)
            order by c.ord
        ) c;
    end if;
    if coalesce(cardinality(v_done), 0) = v_count then
        return;                                                           -- all ok: said by null
    end if;

    answers := interlock.judge_results(p_worker_id, p_results, p_locked, v_done);
    if v_failed then
        select * into v_other from interlock.fail_attempts(
            array(select f.execution_id from unnest((p_results).executions, (p_results).outcomes, answers) with ordinality
                  f (execution_id, outcome, answer, ord) where f.outcome = 'failed' and f.answer = 'ok' order by f.ord),
            array(select f.id from unnest((p_results).assignments, (p_results).outcomes, answers) with ordinality
                  f (id, outcome, answer, ord) where f.outcome = 'failed' and f.answer = 'ok' order by f.ord),
            array(select f.error from unnest((p_results).errors, (p_results).outcomes, answers) with ordinality
                  f (error, outcome, answer, ord) where f.outcome = 'failed' and f.answer = 'ok' order by f.ord),
            'failed', p_now);
        wave.ended_executions := v_other.ended_executions;
        wave.ended_by := v_other.ended_by;
        wave.ended_errors := v_other.ended_errors;
        if v_other.frontier_executions is not null then
            select array_agg(r.execution_id order by r.ord), array_agg(r.id order by r.ord)
            into wave.frontier_executions, wave.frontier_assignments
            from unnest((p_results).executions, (p_results).assignments) with ordinality r (execution_id, id, ord)
            where (r.execution_id, r.id) in (
                select * from unnest(wave.frontier_executions || v_other.frontier_executions,
                    wave.frontier_assignments || v_other.frontier_assignments));
            select f.executions, f.assignments into wave.frontier_executions, wave.frontier_assignments
            from interlock.in_order_of_visits(wave.frontier_executions, wave.frontier_assignments) f;
        end if;
    end if;
end $$;
