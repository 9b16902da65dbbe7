-- Writes the results that a worker reports, each independently of the others.
-- Transition: running -> completed | failed | waiting | pending.
-- Caller:  exchange_all, which has locked p_locked. Errors: none of its own.
-- Answers: ok, repeated, busy (send again), IL001 assignment_not_found, IL002 assignment_lost, IL004 result_malformed, IL099 (its execution failed).
--          Null: all ok. A repeat finds the visit finished by the same worker and attempt, and returns repeated.
create function interlock.record_results(
    p_worker_id uuid, p_results interlock.ending[], p_locked uuid[], p_all_locked boolean, p_traits interlock.traits, p_now timestamptz,
    out answers text[], out wave interlock.wave
)
language plpgsql set search_path = '' as $$
declare
    v_plain    boolean;                                                    -- every result is a plain one
    v_endings  interlock.ending[] := p_results;
    v_places   bigint[];                                                   -- of v_endings in p_results
    v_finished record;
    v_broken   record;
    v_failed   integer[];                                                  -- places of results that ended their execution, with their answers
    v_answers  text[];
    v_ended    uuid[] := '{}';
begin
    select bool_and(coalesce(r.outcome in ('completed', 'waiting', 'pending'), false) and r.context is null) into v_plain from unnest(p_results) r;
    if p_all_locked and v_plain then
        v_finished := interlock.finish(interlock.defer_beyond_budget(p_results, p_traits, p_now), false, p_now);
        wave := v_finished.wave;
        if cardinality(v_finished.written) = cardinality(p_results) then
            return;
        end if;
        answers := interlock.judge_results(p_worker_id, p_results, p_locked, v_finished.written);
        return;
    end if;

    -- what takes too long ends its execution first; other results for that execution are refused
    for v_broken in
        select r.ord::integer as ord, r.execution_id, r.error
        from unnest(p_results) with ordinality r (execution_id, id, was, outcome, worker_id, attempt, output, ports, error, context, due_at, wait_for,
            retries, losses, requires, leaves, ends_execution, tries, ord)
        join interlock.assignments a on a.execution_id = r.execution_id and a.id = r.id and a.status = any (array['running'])
            and a.worker_id = p_worker_id and a.attempt = r.attempt
        where r.outcome = 'broken' and r.execution_id = any (p_locked)
    loop
        v_failed := v_failed || v_broken.ord;
        v_answers := v_answers || interlock.fail_broken_execution(v_broken.execution_id, coalesce(v_broken.error, '{}'), p_now);
        v_ended := v_ended || v_broken.execution_id;
    end loop;
    select array_agg(x.ending order by x.ord), array_agg(x.ord order by x.ord) into v_endings, v_places
    from (
        select r.ord, row_number() over (partition by r.execution_id, r.id, r.attempt order by r.outcome = 'failed', r.ord) as nth,
               interlock.refuse_change(row(r.execution_id, r.id, r.was, r.outcome, r.worker_id, r.attempt, r.output, r.ports, r.error, r.context,
                   r.due_at, r.wait_for, r.retries, r.losses, r.requires, r.leaves, r.ends_execution, r.tries)::interlock.ending) as ending
        from unnest(p_results) with ordinality r (execution_id, id, was, outcome, worker_id, attempt, output, ports, error, context, due_at, wait_for,
            retries, losses, requires, leaves, ends_execution, tries, ord)
        where r.outcome in ('completed', 'waiting', 'pending', 'failed') and r.execution_id = any (p_locked)
            and r.execution_id <> all (v_ended)
    ) x
    where x.nth = 1;                                                      -- of several results for one attempt, one
    if v_endings is not null then
        v_endings := interlock.replace_failures(v_endings, 'failed', p_now);
        v_finished := interlock.finish(interlock.defer_beyond_budget(v_endings, p_traits, p_now), false, p_now);
        wave := v_finished.wave;
        v_places := array(select v_places[w] from unnest(v_finished.written) w);
    end if;
    answers := interlock.judge_results(p_worker_id, p_results, p_locked, coalesce(v_places, '{}'));
    for v_place in 1 .. coalesce(cardinality(v_failed), 0) loop
        answers[v_failed[v_place]] := v_answers[v_place];
    end loop;
    if (select bool_and(answer = 'ok') from unnest(answers) answer) then
        answers := null;
    end if;
end $$;
