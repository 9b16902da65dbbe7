-- Returns to their queues the assignments that a worker which is gone still held. With p_lost each counts as a loss, and the third loss is final.
-- Transition: running -> pending | failed.
-- Caller:  stop_worker, sweep_lost_workers. Locks: the executions of these assignments, by id. Errors: none. A repeat finds nothing.
-- Returns how many assignments the worker held.
create function interlock.give_up_worker(p_worker_id uuid, p_lost boolean, p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
declare
    v_executions uuid[];
    v_held       interlock.visit_id[];
    v_doomed     interlock.visit_id[];
    v_finished   record;
    v_queues     text[];
    c_most_losses constant integer := 3;
begin
    perform pg_advisory_xact_lock(hashtextextended(p_worker_id::text, 0));  -- waits for an exchange of this worker
    delete from interlock.exchanges x where x.worker_id = p_worker_id;
    delete from interlock.revocations r where r.worker_id = p_worker_id;
    v_executions := array(
        select a.execution_id from interlock.assignments a where a.ended_at is null and a.status = 'running' and a.worker_id = p_worker_id);
    v_executions := (interlock.lock_executions(v_executions, v_executions)).locked;
    select array_agg(row(a.execution_id, a.id)::interlock.visit_id),
           array_agg(row(a.execution_id, a.id)::interlock.visit_id) filter (where p_lost and a.loss_count + 1 >= c_most_losses)
    into v_held, v_doomed
    from interlock.assignments a
    where a.ended_at is null and a.status = 'running' and a.worker_id = p_worker_id and a.execution_id = any (v_executions);
    if v_held is null then
        return 0;
    end if;

    if p_lost then
        insert into interlock.assignment_attempts (execution_id, assignment_id, attempt, loss_count, outcome, error, worker_id, started_at, ended_at)
        select a.execution_id, a.id, a.attempt, a.loss_count, 'lost', interlock.assignment_error('worker_lost',
                   'The worker that held this visit was lost.',
                   'Look at the log of that worker: it was killed, ran out of memory, or lost the database.') || '{"retryable": true}',
               a.worker_id, a.started_at, p_now
        from unnest(v_held) h
        join interlock.assignments a on a.execution_id = h.execution_id and a.id = h.id
        on conflict do nothing;
        update interlock.workers w set statistics = w.statistics || jsonb_build_object('lost', cardinality(v_held)) where w.id = p_worker_id;
    end if;
    v_finished := interlock.finish(array(
        select row(a.execution_id, a.id, 'running', 'pending', p_worker_id, null, null, null, a.error, null, p_now, null, null, p_lost::integer, null,
            false, false, null)::interlock.ending
        from unnest(v_held) h
        join interlock.assignments a on a.execution_id = h.execution_id and a.id = h.id
        -- by both keys: the retries of an execution share the ids of its visits
        where (a.execution_id, a.id) not in (select d.execution_id, d.id from unnest(v_doomed) d)), false, p_now);
    v_queues := (v_finished.wave).pending_queues;
    if v_doomed is not null then
        v_queues := v_queues || interlock.fail_doomed(v_doomed, c_most_losses, p_now);
    end if;
    perform interlock.wake_workers(v_queues);
    return cardinality(v_held);
end $$;
