-- Takes due assignments, oldest first, from each queue in which there is room.
-- Transition: pending -> running.
-- Caller:  exchange_all.
-- Locks:   the execution and the assignment of each, skip locked; waits for nothing.
-- p_busy: the worker was handed something in this exchange already. p_special: something due needs a lock or has to run alone.
create function interlock.claim_assignments(
    p_worker_id uuid, p_request bigint, p_queues text[], p_rooms integer[], p_busy boolean, p_special boolean, p_now timestamptz,
    out claimed_executions uuid[], out claimed_assignments uuid[], out open_queues text[]
)
language plpgsql set search_path = '' as $$
declare
    v_executions  uuid[];
    v_assignments uuid[];
    v_room        integer;
    v_alone       record;
    v_locked      record;
begin
    open_queues := '{}';
    if p_special then
        select * into v_alone from interlock.claim_alone(p_worker_id, p_request, p_queues, p_rooms, p_busy, p_now);
        if v_alone.drained then
            claimed_executions := v_alone.claimed_execution || claimed_executions;
            claimed_assignments := v_alone.claimed_assignment || claimed_assignments;
            return;
        end if;
    end if;
    for v_queue in 1 .. coalesce(cardinality(p_queues), 0) loop
        v_room := p_rooms[v_queue];
        continue when v_room <= 0;
        if exists (
            select from interlock.assignments a
            where a.status = 'pending' and not a.suspended and a.queue is not null and a.lock_key is null and a.loss_count < 2
                and a.queue = p_queues[v_queue] and a.due_at <= p_now)
        then
            with due as materialized (
                select a.execution_id, a.id
                from interlock.assignments a
                join interlock.executions e on e.id = a.execution_id
                where a.status = 'pending' and not a.suspended and a.queue is not null and a.lock_key is null and a.loss_count < 2
                    and a.queue = p_queues[v_queue] and a.due_at <= p_now
                order by a.due_at
                limit v_room
                for no key update of a, e skip locked
            ), claimed as (
                update interlock.assignments a
                set status = 'running', worker_id = p_worker_id, claim_request = p_request, started_at = p_now,
                    due_at = p_now + make_interval(secs => (
                        select n.timeout_seconds from interlock.nodes n where n.version_id = a.version_id and n.node_no = a.node_no)),
                    change_number = nextval('interlock.change_numbers')
                from due d
                where a.execution_id = d.execution_id and a.id = d.id
                returning a.execution_id, a.id
            )
            select array_agg(c.execution_id), array_agg(c.id) into v_executions, v_assignments from claimed c;
            claimed_executions := claimed_executions || v_executions;
            claimed_assignments := claimed_assignments || v_assignments;
            v_room := v_room - coalesce(cardinality(v_executions), 0);
        end if;
        if v_room > 0 and p_special then
            select * into v_locked from interlock.claim_locked(p_worker_id, p_request, p_queues[v_queue], v_room, p_now);
            claimed_executions := claimed_executions || v_locked.claimed_executions;
            claimed_assignments := claimed_assignments || v_locked.claimed_assignments;
            v_room := v_room - coalesce(cardinality(v_locked.claimed_executions), 0);
        end if;
        if v_room > 0 then
            open_queues := open_queues || p_queues[v_queue];
        end if;
    end loop;
end $$;
