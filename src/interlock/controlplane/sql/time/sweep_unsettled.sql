-- Goes on with executions in which one transaction reached its limit: looks at their joins, or cancels what is left open in an ended one.
-- Transition: as advance; open assignments of an ended execution -> cancelled.
-- Caller:  tick. Locks: the executions, skip locked. Errors: none of its own; an execution that raises fails alone. A repeat does the rest.
create function interlock.sweep_unsettled(p_limit integer, p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
declare
    v_unsettled uuid[];
    v_execution record;
    v_until     timestamptz := clock_timestamp() + interval '500 ms';     -- what is left the next tick does
    v_progress  interlock.progress;
    v_more      uuid[];
    v_count     integer := 0;
begin
    -- in turn for each workspace, in any order: one execution may take the time of a whole tick
    v_unsettled := array(
        select u.id
        from (
            select e.id, row_number() over (partition by e.workspace_id order by e.id) as turn from interlock.executions e where e.unsettled
        ) u
        order by u.turn, random() limit p_limit);
    for v_execution in
        select e.id, e.ended_at
        from unnest(v_unsettled) with ordinality u (id, ord)
        join interlock.executions e on e.id = u.id and e.unsettled
        where
            -- joins are decided when all else has settled, not while leftover visits still have to begin or to leave
            (e.ended_at is not null or (
                select true from interlock.assignments a
                where a.execution_id = e.id and a.ended_at is null
                    and (a.wait_for = 'turn' or a.status = 'pending' and a.queue is null and not a.suspended and a.due_at <= p_now)
                limit 1) is null)
        order by u.ord
        for no key update of e skip locked
    loop
        exit when clock_timestamp() > v_until;
        begin
            if v_execution.ended_at is not null then
                v_more := interlock.cancel_open_visits(array[v_execution.id], p_now);
                update interlock.executions e set unsettled = e.id = any (v_more) where e.id = v_execution.id;
                v_count := v_count + 1;
                exit;                                                     -- 5000 visits are enough for one transaction
            else
                update interlock.executions e set unsettled = false where e.id = v_execution.id;
                v_progress := interlock.advance(array[v_execution.id], null, interlock.traits_of(array[v_execution.id]), null, p_now);
                perform interlock.wake_workers(v_progress.pending_queues);
            end if;
        exception when others then
            if interlock.is_passing_error(sqlstate) then
                raise;
            end if;
            if v_execution.ended_at is null then
                update interlock.executions e set unsettled = false where e.id = v_execution.id;
                perform interlock.fail_broken_execution(v_execution.id, interlock.broken_error(sqlstate, sqlerrm), p_now);
            end if;
        end;
        v_count := v_count + 1;
    end loop;
    return v_count;
end $$;
