-- What a worker that is gone still held goes back to its queue; with p_lost each counts a loss, and the third is final.
-- Transition: running -> pending | failed.
-- Caller:  stop_worker, tick. Locks: the executions of what it held, by id.
create function interlock.give_up_worker(p_worker_id uuid, p_lost boolean, p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
declare
    v_held   record;
    v_queues text[];
    c_most_losses constant integer := 3;
begin
    perform pg_advisory_xact_lock(hashtextextended(p_worker_id::text, 0));  -- behind an exchange of it that is under way
    delete from interlock.exchanges x where x.worker_id = p_worker_id;
    delete from interlock.revocations r where r.worker_id = p_worker_id;
    select array_agg(a.execution_id) as executions into v_held
    from interlock.assignments a where a.ended_at is null and a.status = 'running' and a.worker_id = p_worker_id;
    if v_held.executions is null then
        return 0;
    end if;
    perform interlock.lock_executions(v_held.executions, v_held.executions);
    select array_agg(a.execution_id) as executions, array_agg(a.id) as assignments,
           array_agg(a.execution_id) filter (where p_lost and a.loss_count + 1 >= c_most_losses) as doomed_executions,
           array_agg(a.id) filter (where p_lost and a.loss_count + 1 >= c_most_losses) as doomed
    into v_held
    from interlock.assignments a
    where a.ended_at is null and a.status = 'running' and a.worker_id = p_worker_id and a.execution_id = any (v_held.executions);
    if v_held.executions is null then
        return 0;
    end if;

    if p_lost then
        insert into interlock.assignment_attempts (execution_id, assignment_id, attempt, loss_count, outcome, error, worker_id, started_at, ended_at)
        select a.execution_id, a.id, a.attempt, a.loss_count, 'lost',
               jsonb_build_object('code', 'worker_lost', 'message', 'The worker that ran it was lost.', 'retryable', true),
               a.worker_id, a.started_at, p_now
        from unnest(v_held.executions, v_held.assignments) h (execution_id, id)
        join interlock.assignments a on a.execution_id = h.execution_id and a.id = h.id
        on conflict do nothing;
        update interlock.workers w set statistics = w.statistics || jsonb_build_object('lost', cardinality(v_held.assignments))
        where w.id = p_worker_id;
    end if;
    with returned as (
        update interlock.assignments a
        set status = 'pending', worker_id = null, due_at = p_now, loss_count = a.loss_count + p_lost::integer,
            suspended = e.suspended_at is not null, change_number = nextval('interlock.change_numbers')
        from unnest(v_held.executions, v_held.assignments) h (execution_id, id)
        join interlock.executions e on e.id = h.execution_id
        where a.execution_id = h.execution_id and a.id = h.id and a.status = 'running' and a.id <> all (coalesce(v_held.doomed, '{}'))
        returning a.queue
    )
    select array_agg(distinct r.queue) into v_queues from returned r;
    if v_held.doomed is not null then
        v_queues := v_queues || interlock.fail_doomed(v_held.doomed_executions, v_held.doomed, c_most_losses, p_now);
    end if;
    perform interlock.wake_workers(v_queues);
    return cardinality(v_held.assignments);
end $$;
