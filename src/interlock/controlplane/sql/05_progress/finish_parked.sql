-- A visit that was parked for the sake of order is done.
-- Transition: waiting (for order) -> completed | failed.
create function interlock.finish_parked(p_execution_id uuid, p_assignment_id uuid, p_now timestamptz) returns void
language sql as $$
    update interlock.assignments a
    set status = case when a.error is null then 'completed' else 'failed' end, wait_for = null, ended_at = p_now,
        change_number = pg_catalog.nextval('interlock.change_numbers')
    where a.execution_id = p_execution_id and a.id = p_assignment_id
$$;
