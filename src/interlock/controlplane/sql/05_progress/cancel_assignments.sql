-- Open assignments end without having been done; workers that run them are told by their next heartbeat.
-- Transition: holding, pending, running, waiting -> cancelled.
-- Caller:  mark_late, end_executions, cancel_assignment; with the locks of the executions.
-- A repeat finds them ended and changes nothing.
create function interlock.cancel_assignments(p_executions uuid[], p_assignments uuid[], p_reason jsonb, p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
declare
    c_running constant text := 'running';                                 -- not literals: no partial index is to be scanned for them
    c_open    constant text[] := '{holding,pending,running,waiting}';
begin
    insert into interlock.revocations (worker_id, execution_id, assignment_id, attempt)
    select a.worker_id, a.execution_id, a.id, a.attempt
    from unnest(p_executions, p_assignments) c (execution_id, id)
    join interlock.assignments a on a.execution_id = c.execution_id and a.id = c.id and a.status = c_running
    on conflict do nothing;

    update interlock.assignments a
    set status = 'cancelled', error = p_reason || jsonb_build_object('was', a.status, 'due_at', a.due_at, 'wait_for', a.wait_for),
        output = null, due_at = null, wait_for = null, suspended = false, ended_at = p_now, change_number = nextval('interlock.change_numbers')
    from unnest(p_executions, p_assignments) c (execution_id, id)
    where a.execution_id = c.execution_id and a.id = c.id and a.status = any (c_open);
end $$;
