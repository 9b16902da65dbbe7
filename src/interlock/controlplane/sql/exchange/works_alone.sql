-- Returns whether a worker runs an assignment that was lost twice before. It runs alone, to find the visit that ends workers and to clear the others.
create function interlock.works_alone(p_worker_id uuid) returns boolean language plpgsql stable set search_path = '' as $$
begin
    return (
        select exists (
            select from interlock.exchanges x
            join interlock.assignments a on a.execution_id = x.alone_execution_id and a.id = x.alone_assignment_id
            where x.worker_id = p_worker_id and a.status = 'running' and a.worker_id = p_worker_id));
end $$;
