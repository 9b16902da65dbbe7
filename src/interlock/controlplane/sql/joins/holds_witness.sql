-- Returns whether a holding visit's witness is still open and its slot still empty, so that no new search is needed.
create function interlock.holds_witness(p_execution_id uuid, p_join_node integer, p_visit integer, p_witness_id uuid, p_slot integer) returns boolean
language plpgsql stable set search_path = '' as $$
begin
    return (
        select exists (
                select from (
                    select a.ended_at, a.node_no, a.visit, a.wait_for
                    from interlock.assignments a where a.execution_id = p_execution_id and a.id = p_witness_id offset 0
                ) w
                where w.ended_at is null
                    and (w.node_no < p_join_node or w.wait_for is distinct from 'order'
                        or not interlock.stands_behind_join(p_execution_id, w.node_no, w.visit)))
            and not exists (
                select from interlock.tokens t
                where t.execution_id = p_execution_id and t.join_node = p_join_node and t.visit = p_visit and t.slot = p_slot));
end $$;
