-- Which holding visits go now: all that have what they need, together; else, an execution, the last in compiled order of those for which nothing
-- open can bring a token any more. A first or count join among the latter has not enough and never will: it fails (join_unfilled).
-- Transition: none; writes the witnesses of wide joins.
-- Caller:  advance, when everything else in these executions has settled. Joins of workflows in cron mode only where p_by_cron says so.
create function interlock.choose_joins(p_executions uuid[], p_by_cron boolean, out executions uuid[], out assignments uuid[], out unfilled boolean[])
language plpgsql set search_path = '' as $$
declare
    v_join    record;
    v_witness record;
    v_ready   uuid;                                                       -- the execution that has a join with all it needs
    v_stuck   uuid;                                                       -- the execution whose stuck join was chosen
    c_wide    constant integer := 8;                                      -- from here on a kept witness is cheaper than a new look
begin
    executions := '{}';
    assignments := '{}';
    unfilled := '{}';
    -- an execution's ready ones first, in compiled order; then the others, from the last in compiled order to the first
    for v_join in
        select h.*, n.slot_count, n.join_kind, n.late, w.witnessed, c.token_count >= coalesce(n.join_count, n.slot_count) as ready
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
        ) w
        cross join lateral (
            select case when w.witnessed and n.join_kind = 'all' then 0 else (
                select count(*) from interlock.tokens t
                where t.execution_id = h.execution_id and t.join_node = h.node_no and t.visit = h.visit) end as token_count
        ) c
        order by h.execution_id, ready desc, case when c.token_count >= coalesce(n.join_count, n.slot_count) then h.node_no else -h.node_no end
    loop
        if v_join.ready then
            continue when v_join.late = 'hold' and v_join.join_kind <> 'all' and v_join.visit > 1
                and interlock.is_held_back(v_join.execution_id, v_join.version_id, v_join.node_no, v_join.visit);
            v_ready := v_join.execution_id;
        else
            continue when v_join.witnessed or (v_join.execution_id = v_ready or v_join.execution_id = v_stuck);
            select * into v_witness from interlock.find_witness(v_join.execution_id, v_join.version_id, v_join.node_no, v_join.visit);
            if v_witness.witness_id is not null then
                if v_join.slot_count > c_wide then
                    update interlock.assignments a
                    set witness_id = v_witness.witness_id, witness_slot = v_witness.witness_slot
                    where a.execution_id = v_join.execution_id and a.id = v_join.id;
                end if;
                continue;
            end if;
            v_stuck := v_join.execution_id;
        end if;
        executions := executions || v_join.execution_id;
        assignments := assignments || v_join.id;
        unfilled := unfilled || (not v_join.ready and v_join.join_kind <> 'all');
    end loop;
end $$;
