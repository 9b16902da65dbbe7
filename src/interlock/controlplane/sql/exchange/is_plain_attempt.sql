-- Returns whether a visit is the attempt that this worker holds, and nothing but its own node decides what follows it.
create function interlock.is_plain_attempt(p_visit interlock.assignments, p_worker_id uuid, p_attempt integer) returns boolean language sql stable as $$
    select (p_visit).status = 'running' and (p_visit).worker_id = p_worker_id and (p_visit).attempt = p_attempt
        and (p_visit).late_for is null and (p_visit).ports is null and (p_visit).parent_assignment_id is null
$$;
