-- Does the work of exchange for all results together: plain ones by the lean path, the rest by the general one.
-- Transition: see record_plain, record_results, advance and claim_assignments.
-- Caller:  exchange, exchange_one_by_one. Locks: the executions of the results, by id, skip locked. Errors: data_exception for a malformed id, if p_lean.
-- p_share: what the worker can take. p_alone: the worker was given an assignment to run alone, and may still run it. p_rests: it takes no other one now.
-- p_plain, p_special: such assignments may be due in its queues.
-- p_lean: the lean path may be taken.
create function interlock.exchange_all(
    p_worker_id uuid, p_request bigint, p_results jsonb, p_share interlock.share, p_node_types text[], p_handed_count integer, p_alone boolean, p_rests boolean,
    p_plain boolean, p_special boolean, p_lean boolean, p_slim boolean, p_now timestamptz
) returns interlock.exchange_outcome
language plpgsql set search_path = '' as $$
declare
    v_outcome    interlock.exchange_outcome;
    v_general    record;
    v_claim      record;
    v_plain_due  boolean := p_plain;
    v_special    boolean := p_special;
    v_left       integer[];                                               -- of each of the worker's queues
    -- after 5000 handed-over assignments, the oldest due one comes first
    v_hands_over boolean := not (p_handed_count >= 5000
        or p_alone and interlock.works_alone(p_worker_id) or p_special and not p_rests and interlock.has_lonely_work((p_share).queues, p_node_types, p_now));
    v_taker      interlock.taker := row(p_worker_id, p_request, (p_share).queues, case
        when not v_hands_over then array_fill(0, array[cardinality((p_share).capacities)])
        when (p_share).limited is null then (p_share).capacities
        else interlock.capacities_of(p_share, null) end, p_node_types)::interlock.taker;
begin
    if p_lean and jsonb_array_length(p_results) > 0 then
        v_outcome := interlock.record_plain(p_results, p_slim, v_taker, p_now);
    else
        v_outcome.left_over := p_results;
        v_outcome.capacities := v_taker.capacities;
    end if;
    if jsonb_array_length(v_outcome.left_over) > 0 then
        v_taker.capacities := v_outcome.capacities;
        v_general := interlock.record_general(v_outcome.left_over, v_taker, p_now);
        v_outcome.answers := case
            when v_outcome.taken is not null and v_general.answers is not null
                then interlock.merge_answers(jsonb_array_length(p_results), v_outcome.taken, v_general.answers)
            else v_general.answers end;
        v_outcome.claimed := v_outcome.claimed || v_general.claimed;
        v_outcome.handed_count := coalesce(v_outcome.handed_count, 0) + coalesce(cardinality(v_general.claimed), 0);
        v_outcome.pending_queues := v_outcome.pending_queues || v_general.pending_queues;
        v_outcome.capacities := v_general.capacities;
        -- it may have left something due at once
        v_plain_due := true;
        v_special := v_special or v_general.pending_queues is not null and interlock.has_special_work((p_share).queues, p_now);
    end if;

    v_outcome.handed_count := p_handed_count + coalesce(v_outcome.handed_count, 0);
    if not v_hands_over or (p_share).limited is not null then
        v_outcome.capacities := case when v_hands_over then interlock.capacities_of(p_share, v_outcome.capacities) else (p_share).capacities end;
        -- what follows the results is pending, with older ones
        v_plain_due := true;
        v_special := v_special or interlock.has_special_work((p_share).queues, p_now);
    end if;
    v_left := case when (p_share).places is null then v_outcome.capacities else interlock.capacity_left(p_share, v_outcome.capacities) end;
    if not (v_plain_due or v_special or p_alone) and 0 < all (v_left) then
        v_outcome.open_queues := (p_share).queues || (p_share).idle;      -- nothing to claim
        return v_outcome;
    elsif p_alone and interlock.works_alone(p_worker_id) then
        v_outcome.open_queues := '{}';
        return v_outcome;
    end if;
    v_claim := interlock.claim_assignments(
        row(p_worker_id, p_request, (p_share).queues, v_outcome.capacities, p_node_types)::interlock.taker, p_share, v_left,
        p_rests, v_outcome.claimed is not null or v_outcome.handed is not null, v_plain_due, v_special, p_now);
    if v_claim.claimed is not null then
        v_outcome.claimed := v_outcome.claimed || v_claim.claimed;
        v_outcome.handed_count := 0;
    end if;
    v_outcome.open_queues := v_claim.open_queues;
    v_outcome.full_queues := v_claim.full_queues;
    return v_outcome;
end $$;
