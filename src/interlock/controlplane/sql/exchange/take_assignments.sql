-- Hands claimed assignments to a worker.
-- Transition: pending -> running. Caller: claim_plain, claim_special, claim_alone; with the locks of the rows.
create function interlock.take_assignments(p_claimed interlock.visit_id[], p_worker_id uuid, p_request bigint, p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
begin
    update interlock.assignments a
    set status = 'running', worker_id = p_worker_id, claim_request = p_request, started_at = p_now,
        due_at = p_now + make_interval(secs => (
            select n.timeout_seconds from interlock.nodes n where n.version_id = a.version_id and n.node_no = a.node_no)),
        change_number = nextval('interlock.change_numbers')
    from unnest(p_claimed) c
    where a.execution_id = c.execution_id and a.id = c.id;
end $$;
