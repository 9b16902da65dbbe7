-- Returns whether a visit is done and cannot leave before a holding visit of its ordered node. It can bring a token to no join before that one goes, so it
-- counts as that one does. Only a retry leads there: otherwise the visits of a join go in their order.
-- A plain SQL function, so that it becomes part of the statement that calls it.
create function interlock.stands_behind_join(p_execution_id uuid, p_node_no integer, p_visit integer, p_wait_for text) returns boolean
language sql stable as $$
    select p_wait_for is not distinct from 'order' and exists (
        select from interlock.assignments e
        where e.execution_id = p_execution_id and e.node_no = p_node_no and e.visit < p_visit and e.status = 'holding' and e.parent_assignment_id is null)
$$;
