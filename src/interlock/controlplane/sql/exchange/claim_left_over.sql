-- Claims due assignments with the capacity that is left when each workspace got its share, for those that have more, in the order of their turns.
-- Transition: pending -> running. Caller: claim_assignments. Locks: see claim_plain and claim_special.
-- p_left: what is left of each of the worker's queues. open_queues: where the worker still has capacity. full_queues: whose workspace has as much running
-- as it may.
create function interlock.claim_left_over(
    p_taker interlock.taker, p_share interlock.share, p_left integer[], p_now timestamptz,
    out claimed interlock.visit_id[], out open_queues text[], out full_queues text[]
)
language plpgsql set search_path = '' as $$
declare
    v_left     integer[] := p_left;
    v_queue    record;
    v_capacity integer;
    v_free     record;
    v_found    interlock.visit_id[];
begin
    for v_queue in
        select k.queue, k.place, k.limited
        from unnest((p_taker).queues, (p_share).places, (p_share).limited) with ordinality k (queue, place, limited, ord)
        where p_left[k.place] > 0 and (
            exists (select from interlock.claimable_assignments a where a.queue = k.queue and a.due_at <= p_now)
            or exists (select from interlock.claimable_special_assignments a where a.queue = k.queue and a.due_at <= p_now))
        order by k.ord
    loop
        v_capacity := v_left[v_queue.place];
        if v_queue.limited and v_capacity > 0 then
            v_free := interlock.free_to_run(v_queue.queue);
            v_capacity := least(v_capacity, v_free.free);
            if v_free.at_limit then
                full_queues := full_queues || v_queue.queue;
            end if;
        end if;
        continue when v_capacity <= 0;
        v_found := interlock.claim_plain(v_queue.queue, v_capacity, (p_taker).worker_id, (p_taker).request, p_now);
        claimed := claimed || v_found;
        v_left[v_queue.place] := v_left[v_queue.place] - coalesce(cardinality(v_found), 0);
        v_capacity := v_capacity - coalesce(cardinality(v_found), 0);
        continue when v_capacity <= 0;
        v_found := interlock.claim_special(v_queue.queue, v_capacity, (p_taker).worker_id, (p_taker).request, (p_taker).node_types, p_now);
        claimed := claimed || v_found;
        v_left[v_queue.place] := v_left[v_queue.place] - coalesce(cardinality(v_found), 0);
    end loop;
    open_queues := array(
        select k.queue
        from unnest((p_taker).queues || (p_share).idle, (p_share).places || (p_share).idle_places) with ordinality k (queue, place, ord)
        where v_left[k.place] > 0
        order by k.ord);
end $$;
