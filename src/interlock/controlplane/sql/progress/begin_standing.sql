-- Begins visits that exist already, as decide_openings decides: joins that go, and visits that were left pending for a virtual user.
-- Transition: holding -> pending | running; holding, pending -> waiting | completed | failed.
-- Caller:  begin_joins, begin_virtual; with the locks of the executions. Errors: none of its own. A repeat leaves visits alone that have moved on.
create function interlock.begin_standing(p_openings interlock.opening[], p_budget integer, p_taker interlock.taker, p_now timestamptz)
returns interlock.wave
language plpgsql set search_path = '' as $$
declare
    v_wave interlock.wave;
begin
    with decided as materialized (
        select d.* from interlock.decide_openings(p_openings, p_budget, p_taker, p_now) d
    ), updated as (
        update interlock.assignments a
        set status = d.status, suspended = d.suspended, queue = d.queue, requires = d.requires, due_at = d.due_at, wait_for = d.wait_for,
            worker_id = d.worker_id, claim_request = d.claim_request, ports = d.ports, output = d.output,
            source_execution_id = d.source_execution_id, source_id = d.source_id, error = d.error, late_for = d.late_for, lock_key = d.lock_key,
            witness_id = null, witness_slot = null, change_number = nextval('interlock.change_numbers'),
            started_at = case when d.status <> 'pending' then p_now end,
            ended_at = case when d.status in ('completed', 'failed') then p_now end
        from decided d
        where a.execution_id = d.execution_id and a.id = d.id
            -- a visit that stays pending for its virtual user stays unchanged
            and not (d.was = 'pending' and d.status = 'pending' and d.is_virtual)
        returning 1
    )
    select array_agg(row(d.execution_id, d.id, d.version_id, d.node_no, d.ports, d.late_for, d.source_execution_id,
               d.source_id)::interlock.departure) filter (where d.leaves),
           array_agg(row(d.execution_id, case when d.error is null then 'completed' else 'failed' end, d.id, d.error)::interlock.ended_execution)
               filter (where d.ends),
           array_agg(row(d.execution_id, d.id, d.queue)::interlock.handed_assignment) filter (where d.status = 'running'),
           array_agg(row(d.execution_id, d.id, d.context)::interlock.context_change) filter (where d.context is not null),
           array_agg(d.queue) filter (where d.status = 'pending' and not d.suspended and d.queue is distinct from '')
    into v_wave.leaving, v_wave.ended, v_wave.handed, v_wave.context_changes, v_wave.pending_queues
    from (select x.* from decided x order by x.ord) d;
    return v_wave;
end $$;
