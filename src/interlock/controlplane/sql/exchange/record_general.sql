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
    v_recorded   record;
    v_progress   interlock.progress;
begin
    v_recorded := interlock.record_results((p_taker).worker_id, v_results, v_locked.locked, cardinality(v_locked.locked) = cardinality(v_executions),
        v_traits, p_now);
    v_progress := interlock.advance(v_locked.locked, v_recorded.wave, v_traits, p_taker, p_now);
    answers := v_recorded.answers;
    claimed := (select array_agg(row(h.execution_id, h.id)::interlock.visit_id) from unnest(v_progress.handed) h);
    capacities := v_progress.capacities;
    pending_queues := v_progress.pending_queues;
end $$;
