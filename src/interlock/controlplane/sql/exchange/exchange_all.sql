-- Does the work of exchange for all results together.
-- Transition: see record_results, advance and claim_assignments.
-- Caller:  exchange, exchange_one_by_one. Locks: the executions of the results, by id, skip locked. Errors: none of its own.
-- p_alone: the worker was given an assignment to run alone, and may still run it.
create function interlock.exchange_all(
    p_worker_id uuid, p_request bigint, p_results jsonb, p_queues text[], p_limits integer[], p_node_types text[], p_handed_count integer,
    p_alone boolean, p_now timestamptz
) returns interlock.exchange_outcome
language plpgsql set search_path = '' as $$
declare
    v_outcome    interlock.exchange_outcome;
    v_results    interlock.ending[];
    v_executions uuid[];
    v_locked     record;
    v_traits     interlock.traits;
    v_recorded   record;
    v_progress   interlock.progress;
    v_claim      record;
    v_special    boolean := interlock.has_special_work(p_queues, p_now);
    -- after 5000 handed-over assignments, the oldest due one comes first
    v_hands_over boolean := not (p_handed_count >= 5000
        or p_alone and interlock.works_alone(p_worker_id) or v_special and interlock.has_lonely_work(p_queues, p_node_types, p_now));
begin
    v_progress.capacities := p_limits;
    if jsonb_array_length(p_results) > 0 then
        v_results := interlock.parse_results(p_results, p_worker_id, p_now);
        v_executions := array(select distinct r.execution_id from unnest(v_results) r where r.execution_id is not null);
        v_locked := interlock.lock_executions(v_executions, array(select r.execution_id from unnest(v_results) r where r.tries >= 3));
        v_traits := interlock.traits_of_versions(v_locked.versions);
        v_recorded := interlock.record_results(p_worker_id, v_results, v_locked.locked, cardinality(v_locked.locked) = cardinality(v_executions),
            v_traits, p_now);
        v_outcome.answers := v_recorded.answers;
        v_progress := interlock.advance(v_locked.locked, v_recorded.wave, v_traits,
            row(p_worker_id, p_request, p_queues, case when v_hands_over then p_limits else array_fill(0, array[cardinality(p_limits)]) end,
                p_node_types)::interlock.taker, p_now);
        if not v_hands_over then
            v_progress.capacities := p_limits;
        end if;
        v_outcome.pending_queues := v_progress.pending_queues;
    end if;

    v_outcome.claimed := (select array_agg(row(h.execution_id, h.id)::interlock.visit_id) from unnest(v_progress.handed) h);
    v_outcome.handed_count := p_handed_count + coalesce(cardinality(v_progress.handed), 0);
    if p_alone and interlock.works_alone(p_worker_id) then
        v_outcome.open_queues := '{}';
        return v_outcome;
    end if;
    v_claim := interlock.claim_assignments(
        row(p_worker_id, p_request, p_queues, v_progress.capacities, p_node_types)::interlock.taker, v_outcome.claimed is not null,
        v_special or v_progress.pending_queues is not null and interlock.has_special_work(p_queues, p_now), p_now);
    if v_claim.claimed is not null then
        v_outcome.claimed := v_outcome.claimed || v_claim.claimed;
        v_outcome.handed_count := 0;
    end if;
    v_outcome.open_queues := v_claim.open_queues;
    return v_outcome;
end $$;
