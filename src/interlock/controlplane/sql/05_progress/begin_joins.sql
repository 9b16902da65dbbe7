-- The joins that choose_joins chose go: first and count joins act one after another in compiled order (mark, cancel), then all begin.
-- Transition: holding -> pending | running | waiting | completed | failed; see mark_late for what they end.
-- Caller:  advance. p_counts: some version of the batch has first or count joins.
create function interlock.begin_joins(
    p_executions uuid[], p_assignments uuid[], p_unfilled boolean[], p_counts boolean, p_taker interlock.taker, p_now timestamptz
) returns interlock.wave
language plpgsql set search_path = '' as $$
declare
    v_goer  record;
    v_acted uuid[] := '{}';
begin
    if p_counts then
        for v_goer in
            select a.execution_id, a.id
            from unnest(p_executions, p_assignments, p_unfilled) g (execution_id, id, unfilled)
            join interlock.assignments a on a.execution_id = g.execution_id and a.id = g.id
            join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no and n.join_kind in ('first', 'count')
            where not g.unfilled
            order by a.execution_id, a.node_no
        loop
            if exists (select from interlock.assignments a where a.execution_id = v_goer.execution_id and a.id = v_goer.id and a.status = 'holding') then
                v_acted := v_acted || v_goer.id;
                perform interlock.mark_late(v_goer.execution_id, v_goer.id, v_acted, p_now);
            end if;
        end loop;
    end if;
    return interlock.begin_visits(p_executions, p_assignments, p_unfilled, true, p_counts, p_taker, p_now);
end $$;
