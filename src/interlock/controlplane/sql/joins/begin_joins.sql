-- Begins the joins that choose_joins chose: first and count joins act one after another in compiled order (mark, cancel), then all begin.
-- Transition: holding -> pending | running | waiting | completed | failed; see mark_late for what they cancel.
-- Caller:  advance, with the locks of the executions. Errors: none of its own. A repeat finds them begun and changes nothing.
-- p_counts: some version of the batch has first or count joins.
create function interlock.begin_joins(p_joins interlock.opening[], p_budget integer, p_counts boolean, p_taker interlock.taker, p_now timestamptz)
returns interlock.wave
language plpgsql set search_path = '' as $$
declare
    v_join  record;
    v_acted uuid[] := '{}';
begin
    if p_counts then
        for v_join in
            select j.execution_id, j.id
            from unnest(p_joins) j
            join interlock.nodes n on n.version_id = j.version_id and n.node_no = j.node_no and n.join_kind in ('first', 'count')
            where not j.is_unfilled
            order by j.execution_id, j.node_no
        loop
            -- a join that went before may have cancelled it
            if exists (select from interlock.assignments a where a.execution_id = v_join.execution_id and a.id = v_join.id and a.status = 'holding') then
                v_acted := v_acted || v_join.id;
                perform interlock.mark_late(v_join.execution_id, v_join.id, v_acted, p_now);
            end if;
        end loop;
    end if;
    return interlock.begin_standing(p_joins, p_budget, p_taker, p_now);
end $$;
