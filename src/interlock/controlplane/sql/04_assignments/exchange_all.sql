-- The body of exchange for all results together.
-- Caller:  exchange, exchange_one_by_one. p_alone: the worker has been given something to run alone; it may still run it.
create function interlock.exchange_all(
    p_worker_id uuid, p_request bigint, p_results jsonb, p_queues text[], p_limits integer[], p_handed_over integer, p_alone boolean, p_now timestamptz
) returns interlock.exchange_outcome
language plpgsql set search_path = '' as $$
declare
    v_outcome    interlock.exchange_outcome;
    v_results    interlock.results;
    v_executions uuid[];
    v_locked     uuid[];
    v_recorded   record;
    v_progress   interlock.progress;
    v_claim      record;
    v_special    boolean := interlock.has_special_work(p_queues, p_now);
    v_no_hand_over boolean := p_handed_over >= 5000                       -- the oldest due one comes first now and then
        or p_alone and interlock.works_alone(p_worker_id) or v_special and interlock.has_lonely_work(p_queues, p_now);
begin
    v_progress.rooms := p_limits;
    if jsonb_array_length(p_results) > 0 then
        v_results := interlock.parse_results(p_results);
        v_executions := array(select distinct r.id from unnest(v_results.executions) r (id) where r.id is not null);
        v_locked := interlock.lock_executions(v_executions, array(
            select r.id from unnest(v_results.executions, v_results.tries) r (id, tries) where r.tries >= 3));
        v_recorded := interlock.record_results(p_worker_id, v_results, v_locked, cardinality(v_locked) = cardinality(v_executions), p_now);
        v_outcome.answers := v_recorded.answers;
        v_outcome.pending_queues := (v_recorded.wave).pending_queues;
        v_progress := interlock.go_on(v_locked, v_recorded.wave,
            row(p_worker_id, p_request, p_queues, case when v_no_hand_over
                then array_fill(0, array[cardinality(p_limits)]) else p_limits end)::interlock.taker, p_now);
        if v_no_hand_over then
            v_progress.rooms := p_limits;
        end if;
        v_outcome.pending_queues := v_outcome.pending_queues || v_progress.pending_queues;
    end if;

    v_outcome.claimed_executions := v_progress.handed_executions;
    v_outcome.claimed_assignments := v_progress.handed_assignments;
    v_outcome.handed_over := p_handed_over + coalesce(cardinality(v_progress.handed_executions), 0);
    if p_alone and interlock.works_alone(p_worker_id) then
        v_outcome.open_queues := '{}';
        return v_outcome;
    end if;
    select * into v_claim from interlock.claim_assignments(p_worker_id, p_request, p_queues, v_progress.rooms,
        v_outcome.claimed_executions is not null,
        v_special or v_progress.pending_queues is not null and interlock.has_special_work(p_queues, p_now), p_now);
    if v_claim.claimed_executions is not null then
        v_outcome.claimed_executions := v_outcome.claimed_executions || v_claim.claimed_executions;
        v_outcome.claimed_assignments := v_outcome.claimed_assignments || v_claim.claimed_assignments;
        v_outcome.handed_over := 0;
    end if;
    v_outcome.open_queues := v_claim.open_queues;
    return v_outcome;
end $$;
