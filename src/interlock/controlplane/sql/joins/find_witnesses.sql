-- Finds an open assignment that can still bring a token to an empty slot of a holding visit, and that slot; no row if there is none.
-- Another holding visit counts only if its node comes before this join in compiled order, so that two joins never wait for each other; so does what is done
-- and stands behind it.
-- A plain SQL function in a from clause, so that it becomes part of the statement that calls it.
create function interlock.find_witnesses(p_execution_id uuid, p_version_id integer, p_join_node integer, p_visit integer)
returns table (witness_id uuid, witness_slot integer)
language sql stable as $$
    select o.id, free.slot
    from interlock.assignments o
    cross join lateral (
        select r.from_slot, r.to_slot
        from interlock.reaches r
        where r.version_id = p_version_id and r.join_node = p_join_node and r.to_node >= o.node_no and r.from_node = (
            select max(m.from_node) from interlock.reaches m
            where m.version_id = p_version_id and m.join_node = p_join_node and m.from_node <= o.node_no)
    ) reach
    cross join lateral (
        select s.slot from pg_catalog.generate_series(reach.from_slot, reach.to_slot) s (slot)
        where not exists (
            select from interlock.tokens t
            where t.execution_id = p_execution_id and t.join_node = p_join_node and t.visit = p_visit and t.slot = s.slot)
        limit 1
    ) free
    where o.execution_id = p_execution_id and o.parent_assignment_id is null
        and o.ended_at is null and (o.node_no < p_join_node or o.status <> 'holding'
            and (o.wait_for is distinct from 'order' or not interlock.stands_behind_join(o.execution_id, o.node_no, o.visit)))
    limit 1
$$;
