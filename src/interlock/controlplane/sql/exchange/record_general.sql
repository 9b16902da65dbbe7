-- Records results of any kind, and moves their executions on.
-- Transition: see record_results and advance. Caller: exchange_all. Locks: the executions of the results, by id, skip locked. Errors: none of its own.
-- Answers: see record_results; null: all ok. claimed: visits that p_taker was handed.
create function interlock.record_general(
    p_results jsonb, p_taker interlock.taker, p_now timestamptz,
    out answers text[], out claimed interlock.visit_id[], out capacities integer[], out pending_queues text[]
)
language plpgsql set search_path = '' as $$
declare
    v_results    interlock.ending[] := interlock.parse_results(p_results, (p_taker).worker_id, p_now);
    v_executions uuid[] := array(select distinct r.execution_id from unnest(v_results) r where r.execution_id is not null);
    v_locked     record := interlock.lock_executions(v_executions, array(select r.execution_id from unnest(v_results) r where r.tries >= 3));
    v_traits     interlock.traits := interlock.traits_of_versions(v_locked.versions);
    v_all_locked boolean := cardinality(v_locked.locked) = cardinality(v_executions);
    v_joined     record;
    v_taken      bigint[] := '{}';                                        -- places of the results whose tokens went to joins
    v_recorded   record;
    v_wave       interlock.wave;
    v_progress   interlock.progress;
begin
    if (v_traits).has_joins and interlock.takes_lean_path() and cardinality(v_results)::bigint * (v_traits).max_fan_out <= (v_traits).budget then
        v_joined := interlock.finish_into_joins(v_results, case when not v_all_locked then v_locked.locked end, p_taker, p_now);
        v_taken := v_joined.taken;
        v_traits.budget := (v_traits).budget - cardinality(v_taken);
    end if;
    if v_taken = '{}' then
        v_recorded := interlock.record_results((p_taker).worker_id, v_results, v_locked.locked, v_all_locked, v_traits, p_now);
        answers := v_recorded.answers;
        v_wave := v_recorded.wave;
    elsif cardinality(v_taken) = cardinality(v_results) then
        v_wave := v_joined.wave;
    else
        v_recorded := interlock.record_results((p_taker).worker_id, array(
            select r.ending from (
                select row(u.execution_id, u.id, u.was, u.outcome, u.worker_id, u.attempt, u.output, u.ports, u.error, u.context, u.due_at, u.wait_for,
                    u.retries, u.losses, u.requires, u.leaves, u.ends_execution, u.tries)::interlock.ending as ending, u.ord
                from unnest(v_results) with ordinality u (execution_id, id, was, outcome, worker_id, attempt, output, ports, error, context, due_at, wait_for,
                    retries, losses, requires, leaves, ends_execution, tries, ord)
            ) r
            where r.ord not in (select t.ord from unnest(v_taken) t (ord))
            order by r.ord), v_locked.locked, v_all_locked, v_traits, p_now);
        if v_recorded.answers is not null then
            answers := interlock.merge_answers(cardinality(v_results), v_taken, v_recorded.answers);
        end if;
        v_wave := v_recorded.wave;
        v_wave.leaving := (v_joined.wave).leaving || v_wave.leaving;
        v_wave.handed := (v_joined.wave).handed;
        v_wave.active := (v_joined.wave).active;
        v_wave.pending_queues := (v_joined.wave).pending_queues || v_wave.pending_queues;
    end if;
    v_progress := interlock.advance(v_locked.locked, v_wave, v_traits, p_taker, p_now);
    claimed := (select array_agg(row(h.execution_id, h.id)::interlock.visit_id) from unnest(v_progress.handed) h);
    capacities := v_progress.capacities;
    pending_queues := v_progress.pending_queues;
end $$;
