-- Returns whether a visit that is done (it waits for `order`) cannot leave before a holding visit of its ordered node. It can bring a token to no join before
-- that one goes, so it counts as that one does. Only a retry leads there: otherwise the visits of a join go in their order.
-- Caller: find_witnesses, holds_witness, is_held_back, for no other visit: most joins never call it.
create function interlock.stands_behind_join(p_execution_id uuid, p_node_no integer, p_visit integer) returns boolean
language plpgsql stable set search_path = '' as $$
begin
    return exists (
        select from interlock.assignments e
        where e.execution_id = p_execution_id and e.node_no = p_node_no and e.visit < p_visit and e.status = 'holding' and e.parent_assignment_id is null);
end $$;
