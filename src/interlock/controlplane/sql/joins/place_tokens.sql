-- Puts tokens into their joins: each fills the lowest holding visit whose slot is empty, else it opens the next visit.
-- Transition: (new) -> holding.
-- Caller:  advance, which holds the locks of the executions. A token that is late for a visit that has gone has no effect there: that visit swallows it.
-- Errors:  none of its own.
create function interlock.place_tokens(p_arrivals interlock.arrival[], p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
declare
    v_token record;
begin
    if exists (select from unnest(p_arrivals) t where t.late_for is not null) then
        for v_token in
            select t.* from unnest(p_arrivals) with ordinality t (execution_id, version_id, node_no, slot, from_id, late_for, ord) order by t.ord
        loop
            perform interlock.place_token(v_token.execution_id, v_token.version_id, v_token.node_no, v_token.slot, v_token.from_id,
                v_token.late_for, p_now);
        end loop;
        return;
    end if;

    with placed as materialized (
        select a.*, coalesce(free.visits[a.nth], last.visit + a.nth - coalesce(cardinality(free.visits), 0)) as visit,
               last.visit as last_visit, last.visits_since_wait, last.created_at as last_created_at
        from (
            select t.*, row_number() over (partition by t.execution_id, t.node_no, t.slot order by t.ord) as nth
            from unnest(p_arrivals) with ordinality t (execution_id, version_id, node_no, slot, from_id, late_for, ord)
        ) a
        cross join lateral (
            select array_agg(h.visit order by h.visit) as visits
            from interlock.assignments h
            where h.execution_id = a.execution_id and h.node_no = a.node_no and h.status = 'holding' and not exists (
                select from interlock.tokens t
                where t.execution_id = a.execution_id and t.join_node = a.node_no and t.visit = h.visit and t.slot = a.slot)
        ) free
        cross join lateral (
            select coalesce(max(v.visit), 0) as visit, coalesce(max(v.visits_since_wait), 0) as visits_since_wait, max(v.created_at) as created_at
            from (
                select v.visit, v.visits_since_wait, v.created_at
                from interlock.assignments v
                where v.execution_id = a.execution_id and v.node_no = a.node_no and v.is_indexed and v.parent_assignment_id is null
                order by v.visit desc limit 1
            ) v
        ) last
    ), stored as (
        insert into interlock.tokens (execution_id, join_node, visit, slot, from_assignment_id, token_number)
        select p.execution_id, p.node_no, p.visit, p.slot, p.from_id, nextval('interlock.change_numbers')
        from (select x.* from placed x order by x.ord) p
    )
    insert into interlock.assignments (execution_id, id, version_id, node_no, visit, visits_since_wait, status, is_indexed, ordered, queue, previous_assignment_id,
        change_number, created_at)
    select o.execution_id, interlock.uuidv7(), o.version_id, o.node_no, o.visit,
           case when o.last_created_at >= e.last_waited_at or e.last_waited_at is null then o.visits_since_wait else 0 end + (o.visit - o.last_visit),
           'holding', true, n.ordered, n.queue, o.from_id, nextval('interlock.change_numbers'), p_now
    from (
        select distinct on (p.execution_id, p.node_no, p.visit) p.*
        from placed p
        where p.visit > p.last_visit
        order by p.execution_id, p.node_no, p.visit, p.ord
    ) o
    cross join lateral (select x.queue, x.ordered from interlock.nodes x where x.version_id = o.version_id and x.node_no = o.node_no offset 0) n
    join interlock.executions e on e.id = o.execution_id;
end $$;
