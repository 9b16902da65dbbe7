-- Whether a finished visit of an ordered node has to wait for an earlier one that does not end in the same exchange.
create function interlock.is_parked_by_order(p_results interlock.results, p_execution_id uuid, p_node_no integer, p_visit integer) returns boolean
language plpgsql stable set search_path = '' as $$
begin
    return (
        select exists (
            select from interlock.assignments b
            join interlock.nodes o on o.version_id = b.version_id and o.node_no = b.node_no and o.ordered
            where b.execution_id = p_execution_id and b.node_no = p_node_no and b.is_indexed and b.parent_assignment_id is null
                and b.visit < p_visit and b.ended_at is null
                and not exists (
                    select from unnest((p_results).executions, (p_results).assignments, (p_results).outcomes, (p_results).errors)
                        r (execution_id, id, outcome, error)
                    join interlock.nodes n on n.version_id = b.version_id and n.node_no = b.node_no
                    where r.execution_id = b.execution_id and r.id = b.id and b.status = 'running'
                        and (r.outcome = 'completed'
                            or r.outcome = 'failed' and (r.error -> 'retryable' = 'false' or b.attempt >= n.max_attempts)))));
end $$;
