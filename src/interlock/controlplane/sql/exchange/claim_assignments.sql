-- Claims due assignments, oldest first, from each queue for which the worker has capacity.
-- Transition: pending -> running.
-- Caller:  exchange_all.
-- Locks:   the execution and the assignment of each, skip locked; waits for nothing.
-- p_share: see share_capacity. p_left: what is left of each of the worker's queues, see capacity_left. full_queues: whose workspace has as much running as it may.
-- p_rests: see exchange_all. p_busy: this exchange already handed the worker an assignment. p_plain, p_special: something plain may be due; something that needs a lock, an executor
-- or has to run alone.
create function interlock.claim_assignments(
    p_taker interlock.taker, p_share interlock.share, p_left integer[], p_rests boolean, p_busy boolean, p_plain boolean, p_special boolean, p_now timestamptz,
    out claimed interlock.visit_id[], out open_queues text[], out full_queues text[]
)
language plpgsql set search_path = '' as $$
declare
    v_left     integer[] := p_left;
    v_capacity integer;
    v_wanted   integer;
    v_alone    record;
    v_found    interlock.visit_id[];
    v_more     record;
begin
    open_queues := '{}';
    if p_special and not p_rests then
        v_alone := interlock.claim_alone(p_taker, (p_share).limited, p_busy, p_now);
        if v_alone.drained then
            claimed := v_alone.claimed;
            return;
        end if;
    end if;
    for v_queue in 1 .. coalesce(cardinality((p_taker).queues), 0) loop
        v_capacity := (p_taker).capacities[v_queue];
        continue when v_capacity <= 0;
        if (p_share).limited[v_queue] then
            v_capacity := least(v_capacity, (interlock.free_to_run((p_taker).queues[v_queue])).free);
            continue when v_capacity <= 0;
        end if;
        v_wanted := v_capacity;
        if p_plain then
            v_found := interlock.claim_plain((p_taker).queues[v_queue], v_capacity, (p_taker).worker_id, (p_taker).request, p_now);
            claimed := claimed || v_found;
            v_capacity := v_capacity - coalesce(cardinality(v_found), 0);
        end if;
        if v_capacity > 0 and p_special then
            v_found := interlock.claim_special((p_taker).queues[v_queue], v_capacity, (p_taker).worker_id, (p_taker).request,
                (p_taker).node_types, p_now);
            claimed := claimed || v_found;
            v_capacity := v_capacity - coalesce(cardinality(v_found), 0);
        end if;
        if (p_share).places is not null then
            v_left[(p_share).places[v_queue]] := v_left[(p_share).places[v_queue]] - v_wanted + v_capacity;
        elsif v_capacity > 0 then
            open_queues := open_queues || (p_taker).queues[v_queue];
        end if;
    end loop;
    if (p_share).places is not null then
        v_more := interlock.claim_left_over(p_taker, p_share, v_left, p_now);
        claimed := claimed || v_more.claimed;
        open_queues := v_more.open_queues;
        full_queues := v_more.full_queues;
    end if;
end $$;
