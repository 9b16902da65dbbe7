-- The one place that decides what comes next: finished assignments leave, successors begin, joins go, executions end.
-- Transition: see leave_nodes, place_tokens, begin_joins, end_executions, update_statuses.
-- Caller:  every function that finishes assignments or starts executions; it holds the locks of p_executions.
-- Errors:  none of its own. A repeat is the caller's to prevent: an assignment leaves once.
-- p_executions are all that may have changed; p_frontier_… what has finished in them and leaves now, in order.
create function interlock.advance(
    p_executions uuid[], p_frontier_executions uuid[], p_frontier_assignments uuid[], p_taker interlock.taker, p_now timestamptz,
    p_by_cron boolean default false
) returns interlock.progress
language plpgsql set search_path = '' as $$
declare
    v_progress    interlock.progress;
    v_wave        interlock.wave;
    v_executions  uuid[] := p_frontier_executions;
    v_assignments uuid[] := p_frontier_assignments;
    v_unfilled    boolean[];
    v_taker       interlock.taker := p_taker;
    v_joins       boolean;
    v_ordered     boolean;
    v_locks       boolean;
    v_counts      boolean;
    v_active      uuid[];
    v_wave_count  integer := 0;
    c_most_waves  constant integer := 100;
begin
    select coalesce(bool_or(v.has_joins), false), coalesce(bool_or(v.has_ordered), false),
           coalesce(bool_or(v.has_locks), false), coalesce(bool_or(v.has_counts), false)
    into v_joins, v_ordered, v_locks, v_counts
    from interlock.workflow_versions v
    where v.id in (select e.version_id from unnest(p_executions) x (id) join interlock.executions e on e.id = x.id);

    loop
        if v_ordered and cardinality(v_executions) is null then
            select array_agg(p.execution_id), array_agg(p.id) into v_executions, v_assignments
            from unnest(p_executions) x (id)
            join interlock.executions e on e.id = x.id and e.ended_at is null
            cross join lateral interlock.parked_visits(x.id) p;
            perform interlock.finish_parked(f.execution_id, f.id, p_now) from unnest(v_executions, v_assignments) f (execution_id, id);
        end if;

        if v_executions is not null then
            v_wave_count := v_wave_count + 1;
            if v_ordered then
                select r.executions, r.assignments into v_executions, v_assignments
                from interlock.release_ordered(v_executions, v_assignments, p_now) r;
            end if;
            v_wave := interlock.leave_nodes(v_executions, v_assignments, v_wave_count < c_most_waves, v_taker, p_now);
            if v_wave.arrived_executions is not null then
                perform interlock.place_tokens(v_wave, p_now);
            end if;
        else
            exit when not v_joins;
            if v_wave_count >= c_most_waves then
                update interlock.executions e set unsettled = true where e.id = any (p_executions) and e.ended_at is null;
                v_progress.pending_queues := v_progress.pending_queues || null::text;
                exit;
            end if;
            select c.executions, c.assignments, c.unfilled into v_executions, v_assignments, v_unfilled
            from interlock.choose_joins(p_executions, p_by_cron) c;
            exit when cardinality(v_executions) = 0;
            v_wave := interlock.begin_joins(v_executions, v_assignments, v_unfilled, v_counts, v_taker, p_now);
        end if;

        perform interlock.apply_wave(v_wave, p_now);
        if v_wave.handed_executions is not null then
            v_progress.handed_executions := v_progress.handed_executions || v_wave.handed_executions;
            v_progress.handed_assignments := v_progress.handed_assignments || v_wave.handed_assignments;
            v_taker.rooms := array(
                select t.room - (select count(*)::integer from unnest(v_wave.handed_queues) h (queue) where h.queue = t.queue)
                from unnest(v_taker.queues, v_taker.rooms) with ordinality t (queue, room, ord) order by t.ord);
        end if;
        v_progress.pending_queues := v_progress.pending_queues || v_wave.pending_queues;
        v_active := v_active || v_wave.active_executions;
        v_executions := v_wave.frontier_executions;
        v_assignments := v_wave.frontier_assignments;
    end loop;

    perform interlock.update_statuses(case when v_active is null or v_counts then p_executions
        else array(select unnest(p_executions) except select unnest(v_active)) end, p_now);
    if v_locks then
        v_progress.pending_queues := v_progress.pending_queues || interlock.wake_lock_waiters(interlock.keys_of(p_executions), p_now);
    end if;
    v_progress.rooms := v_taker.rooms;
    return v_progress;
end $$;
