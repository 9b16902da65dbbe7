-- Decides what comes next: ended visits leave, successors begin, joins go, executions end.
-- Transition: see open_visits, place_tokens, begin_joins, release_ordered, apply_wave, update_statuses.
-- Caller:  every function that ends visits or starts executions. It holds the locks of p_executions, which are all that may have changed; p_wave is the
--          work that the caller leaves: see finish.
-- Errors:  none of its own. A visit leaves once: the caller ensures it.
-- One transaction makes at most 100 waves and about p_traits.budget new visits and tokens; the rest is left pending for the virtual user.
create function interlock.advance(
    p_executions uuid[], p_wave interlock.wave, p_traits interlock.traits, p_taker interlock.taker, p_now timestamptz, p_by_cron boolean default false
) returns interlock.progress
language plpgsql set search_path = '' as $$
declare
    v_progress   interlock.progress;
    v_wave       interlock.wave := p_wave;
    v_leaving    interlock.departure[];
    v_successors record;
    v_chosen     interlock.opening[];
    v_taker      interlock.taker := p_taker;
    v_active     uuid[];
    v_traits     interlock.traits := p_traits;                            -- with what is left of the budget
    v_wave_count integer := 0;
    c_most_waves constant integer := 100;
begin
    loop
        perform interlock.apply_wave(v_wave, p_now);
        v_leaving := (v_wave).leaving;
        if (v_wave).ended is not null then
            v_leaving := nullif(array(
                select l::interlock.departure from unnest(v_leaving) l where l.execution_id not in (select e.id from unnest((v_wave).ended) e)), '{}');
        end if;
        if (v_wave).handed is not null then
            v_progress.handed := v_progress.handed || (v_wave).handed;
            v_taker.capacities := array(
                select t.capacity - (select count(*)::integer from unnest((v_wave).handed) h where h.queue = t.queue)
                from unnest(v_taker.queues, v_taker.capacities) with ordinality t (queue, capacity, ord) order by t.ord);
        end if;
        if (v_wave).pending_queues is not null then
            v_progress.pending_queues := v_progress.pending_queues || array(select distinct q from unnest((v_wave).pending_queues) q);
        end if;
        v_active := v_active || (v_wave).active;

        if (p_traits).has_ordered then
            v_leaving := interlock.release_ordered(p_executions, v_leaving, v_traits, p_now);
        end if;
        if v_leaving is not null then
            v_wave_count := v_wave_count + 1;
            v_successors := interlock.find_successors(v_leaving);
            if v_successors.arrivals is not null then
                perform interlock.place_tokens(v_successors.arrivals, p_now);
            end if;
            v_traits.budget := v_traits.budget - coalesce(cardinality(v_successors.arrivals), 0) - coalesce(cardinality(v_successors.openings), 0);
            v_wave := null;
            if v_successors.openings is not null then
                v_wave := interlock.open_visits(v_successors.openings, case when v_wave_count < c_most_waves then v_traits.budget else 0 end, v_taker, p_now);
            end if;
        else
            exit when not (p_traits).has_joins;
            if v_wave_count >= c_most_waves or v_traits.budget <= 0 then
                update interlock.executions e set unsettled = true where e.id = any (p_executions) and e.ended_at is null;
                v_progress.pending_queues := v_progress.pending_queues || null::text;
                exit;
            end if;
            v_chosen := interlock.choose_joins(p_executions, p_by_cron);
            exit when v_chosen is null;
            v_wave := interlock.begin_joins(v_chosen, v_traits.budget, (p_traits).has_counts, v_taker, p_now);
        end if;
    end loop;

    perform interlock.update_statuses(case when v_active is null or (p_traits).has_counts then p_executions
        else array(select unnest(p_executions) except select unnest(v_active)) end, p_now);
    if (p_traits).has_locks then
        v_progress.pending_queues := v_progress.pending_queues || interlock.wake_lock_waiters(interlock.keys_of(p_executions), p_now);
    end if;
    v_progress.capacities := v_taker.capacities;
    return v_progress;
end $$;
