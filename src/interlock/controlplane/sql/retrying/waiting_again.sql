-- Returns the visits of joins that went with fewer tokens than they need in this version and that a visit, when it is run again, can bring one to: they went
-- because it had brought none. In a loop, visits of a join that this visit followed from went before it was there; they and earlier ones are not returned.
-- Caller: left_out.
create function interlock.waiting_again(p_execution_id uuid, p_assignment_id uuid, p_version_id integer) returns uuid[] language sql stable as $$
    with passed as materialized (select p.* from interlock.passed_visits(p_execution_id, p_assignment_id) p)
    select coalesce(pg_catalog.array_agg(a.id), '{}')
    from interlock.assignments f
    -- the slots of each join that the visit can bring a token to without passing the join
    join interlock.reaches r on r.version_id = p_version_id and r.from_node = (
        select max(m.from_node) from interlock.reaches m
        where m.version_id = p_version_id and m.join_node = r.join_node
            and m.from_node <= interlock.node_in_version(f.version_id, f.node_no, p_version_id))
        and r.to_node >= interlock.node_in_version(f.version_id, f.node_no, p_version_id)
    join interlock.nodes n on n.version_id = p_version_id and n.node_no = r.join_node
    join interlock.assignments a on a.execution_id = f.execution_id and a.parent_assignment_id is null
        and a.node_no = interlock.node_in_version(p_version_id, r.join_node, f.version_id)
    cross join lateral (
        select count(*) filter (where not t.late) as on_time,
               array_agg(interlock.slot_in_version(a.version_id, a.node_no, t.slot, p_version_id)) as slots
        from interlock.tokens t
        where t.execution_id = a.execution_id and t.join_node = a.node_no and t.visit = a.visit
    ) has
    where f.execution_id = p_execution_id and f.id = p_assignment_id
        and a.visit > coalesce((select p.visit from passed p where p.node_no = a.node_no), 0)
        and not (a.status = 'cancelled' and a.error ->> 'code' = 'late')
        and has.on_time between 1 and coalesce(n.join_count, n.slot_count) - 1
        and exists (select from generate_series(r.from_slot, r.to_slot) s (slot) where s.slot <> all (has.slots))
$$;
