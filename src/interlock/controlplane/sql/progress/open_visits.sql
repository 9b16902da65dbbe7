-- Opens new visits, as decide_openings decides.
-- Transition: (new) -> pending | running | waiting | completed | failed.
-- Caller:  advance, with the locks of the executions. Errors: none of its own.
create function interlock.open_visits(p_openings interlock.opening[], p_budget integer, p_taker interlock.taker, p_now timestamptz)
returns interlock.wave
language plpgsql set search_path = '' as $$
declare
    v_wave interlock.wave;
begin
    with decided as materialized (
        select d.* from interlock.decide_openings(p_openings, p_budget, p_taker, p_now) d
    ), inserted as (
        insert into interlock.assignments (
            execution_id, id, version_id, node_no, visit, visits_since_wait, status, is_indexed, ordered, suspended, queue, requires, due_at, wait_for,
            worker_id, claim_request, previous_assignment_id, ports, output, source_execution_id, source_id, error, late_for, lock_key,
            change_number, created_at, started_at, ended_at)
        select d.execution_id, d.id, d.version_id, d.node_no, d.visit, d.visits_since_wait, d.status, d.is_indexed, d.ordered, d.suspended, d.queue,
               d.requires, d.due_at, d.wait_for, d.worker_id, d.claim_request, d.from_id, d.ports, d.output, d.source_execution_id, d.source_id, d.error,
               d.late_for, d.lock_key, nextval('interlock.change_numbers'), p_now,
               case when d.status <> 'pending' then p_now end,
               case when d.status in ('completed', 'failed') then p_now end
        from decided d
        returning 1
    )
    select array_agg(row(d.execution_id, d.id, d.version_id, d.node_no, d.ports, d.late_for, d.source_execution_id,
               d.source_id)::interlock.departure) filter (where d.leaves),
           array_agg(row(d.execution_id, case when d.error is null then 'completed' else 'failed' end, d.id, d.error)::interlock.ended_execution)
               filter (where d.ends),
           array_agg(row(d.execution_id, d.id, d.queue)::interlock.handed_assignment) filter (where d.status = 'running'),
           array_agg(row(d.execution_id, d.id, d.context)::interlock.context_change) filter (where d.context is not null),
           array_agg(d.queue) filter (where d.status = 'pending' and not d.suspended and d.queue is distinct from ''),
           array_agg(d.execution_id) filter (where d.is_active)
    into v_wave.leaving, v_wave.ended, v_wave.handed, v_wave.context_changes, v_wave.pending_queues, v_wave.active
    from (select x.* from decided x order by x.ord) d;
    return v_wave;
end $$;
