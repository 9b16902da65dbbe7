-- ordered: true. Finished visits that were parked behind an earlier one leave directly after it; given back is the list with them put in.
-- Transition: waiting (for order) -> completed | failed.
-- Caller:  advance, with the locks of the executions.
create function interlock.release_ordered(
    p_executions uuid[], p_assignments uuid[], p_now timestamptz, out executions uuid[], out assignments uuid[]
)
language plpgsql set search_path = '' as $$
declare
    v_item   record;
    v_parked record;
begin
    executions := '{}';
    assignments := '{}';
    for v_item in
        select f.execution_id, f.id, f.ord, a.node_no, n.ordered
        from unnest(p_executions, p_assignments) with ordinality f (execution_id, id, ord)
        join interlock.assignments a on a.execution_id = f.execution_id and a.id = f.id
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
        order by f.ord
    loop
        executions := executions || v_item.execution_id;
        assignments := assignments || v_item.id;
        continue when not v_item.ordered;
        for v_parked in
            select p.execution_id, p.id from interlock.parked_visits(v_item.execution_id) p
            where p.node_no = v_item.node_no and not exists (             -- an earlier one may stand later in the list
                select from unnest(p_executions, p_assignments) with ordinality l (execution_id, id, ord)
                join interlock.assignments b on b.execution_id = l.execution_id and b.id = l.id
                where l.ord > v_item.ord and l.execution_id = v_item.execution_id and b.node_no = p.node_no and b.visit < p.visit)
            order by p.visit
        loop
            perform interlock.finish_parked(v_parked.execution_id, v_parked.id, p_now);
            executions := executions || v_parked.execution_id;
            assignments := assignments || v_parked.id;
        end loop;
    end loop;
end $$;
