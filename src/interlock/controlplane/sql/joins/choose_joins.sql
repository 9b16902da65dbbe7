-- Chooses the holding visits that go now: all that have what they need, together; else, in each execution, the last in compiled order of those to which
-- nothing open can bring a token any more. A first or count join among these does not have enough tokens and never will: it fails (join_unfilled).
-- Transition: none; writes the witnesses of wide joins. Returns null if none goes.
-- Caller:  advance, when everything else in these executions has settled. Joins of workflows in cron mode are chosen only if p_by_cron is true.
create function interlock.choose_joins(p_executions uuid[], p_by_cron boolean) returns interlock.opening[]
language plpgsql set search_path = '' as $$
declare
    v_chosen interlock.opening[];
    c_wide   constant integer := 8;                                         -- from here on a kept witness is cheaper than a new look
begin
    with candidate as materialized (
        select h.*, n.slot_count, n.join_kind, w.witnessed, c.ready,
               c.ready and not (n.late = 'hold' and n.join_kind <> 'all' and h.visit > 1
                   and interlock.is_held_back(h.execution_id, h.version_id, h.node_no, h.visit)) as goes
        from (
            select distinct on (a.execution_id, a.node_no)
                   a.execution_id, a.id, a.version_id, a.node_no, a.visit, a.witness_id, a.witness_slot
            from unnest(p_executions) x (id)
            cross join lateral (
                select h.* from interlock.assignments h where h.execution_id = x.id and h.status = 'holding' offset 0
            ) a
            order by a.execution_id, a.node_no, a.visit
        ) h
        cross join lateral (
            select x.* from interlock.nodes x
            where x.version_id = h.version_id and x.node_no = h.node_no and (p_by_cron or not x.by_cron) offset 0
        ) n
        cross join lateral (
            select h.witness_id is not null
                and interlock.holds_witness(h.execution_id, h.node_no, h.visit, h.witness_id, h.witness_slot) as witnessed
            offset 0
        ) w
        cross join lateral (
            select not (w.witnessed and n.join_kind = 'all') and (
                select count(*) from interlock.tokens t
                where t.execution_id = h.execution_id and t.join_node = h.node_no and t.visit = h.visit
            ) >= coalesce(n.join_count, n.slot_count) as ready
            offset 0
        ) c
    ), looked as materialized (
        select c.*, f.witness_id as found_id, f.witness_slot as found_slot
        from (
            select d.*, not d.ready and not d.witnessed and not bool_or(d.goes) over (partition by d.execution_id) as looks from candidate d
        ) c
        left join lateral interlock.find_witnesses(case when c.looks then c.execution_id end, c.version_id, c.node_no, c.visit) f on true
    ), kept as (
        update interlock.assignments a
        set witness_id = l.found_id, witness_slot = l.found_slot
        from looked l
        where l.found_id is not null and l.slot_count > c_wide and a.execution_id = l.execution_id and a.id = l.id
    )
    select array_agg(row(g.execution_id, g.id, g.version_id, g.node_no, null, null, null, null, g.unfilled)::interlock.opening) into v_chosen
    from (
        select l.execution_id, l.id, l.version_id, l.node_no, false as unfilled from looked l where l.goes
        union all
        (select distinct on (l.execution_id) l.execution_id, l.id, l.version_id, l.node_no, l.join_kind <> 'all'
         from looked l where l.looks and l.found_id is null
         order by l.execution_id, l.node_no desc)
        order by 1, 4
    ) g;
    return v_chosen;
end $$;
