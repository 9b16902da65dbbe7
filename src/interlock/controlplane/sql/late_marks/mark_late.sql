-- A first or count join goes: marks the assignments that are still on their way to it as late for this visit, and, if its policy says so, cancels them.
-- Transition: holding, pending, running, waiting -> cancelled (late: cancel).
-- Caller:  begin_joins, with the lock of the execution. Errors: none of its own. A repeat changes nothing more.
-- p_spared: joins that have already gone in this round, including this one.
create function interlock.mark_late(p_execution_id uuid, p_assignment_id uuid, p_spared uuid[], p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
declare
    v_join      interlock.assignments;
    v_node      interlock.nodes;
    v_cancelled interlock.visit_id[];
begin
    select * into v_join from interlock.assignments a where a.execution_id = p_execution_id and a.id = p_assignment_id;
    select * into v_node from interlock.nodes n where n.version_id = v_join.version_id and n.node_no = v_join.node_no;

    update interlock.tokens t
    set late = true
    where t.execution_id = p_execution_id and t.join_node = v_join.node_no and t.visit = v_join.visit and t.token_number > (
        select max(s.token_number) from (
            select k.token_number from interlock.tokens k
            where k.execution_id = p_execution_id and k.join_node = v_join.node_no and k.visit = v_join.visit
            order by k.token_number limit v_node.join_count
        ) s);

    update interlock.assignments o
    set late_for = coalesce(o.late_for, '{}') || jsonb_build_object(v_join.node_no::text, v_join.visit)
    where o.execution_id = p_execution_id and o.ended_at is null and o.status <> 'holding' and o.parent_assignment_id is null
        and o.node_no <> v_join.node_no and not coalesce(o.late_for, '{}') ? v_join.node_no::text
        and interlock.reaches_join(o.version_id, o.node_no, v_join.node_no);

    update interlock.tokens t
    set late_for = coalesce(t.late_for, '{}') || jsonb_build_object(v_join.node_no::text, v_join.visit)
    from interlock.assignments h
    where h.execution_id = p_execution_id and h.status = 'holding' and h.node_no <> v_join.node_no
        and interlock.reaches_join(h.version_id, h.node_no, v_join.node_no)
        and t.execution_id = p_execution_id and t.join_node = h.node_no and t.visit = h.visit
        and not coalesce(t.late_for, '{}') ? v_join.node_no::text;

    if v_node.late = 'cancel' then
        v_cancelled := array(
            select row(o.execution_id, o.id)::interlock.visit_id from interlock.assignments o
            where o.execution_id = p_execution_id and o.id <> all (p_spared) and o.parent_assignment_id is null
                and o.ended_at is null
                and interlock.carries_mark(o, v_join.node_no, v_join.visit)
                and not interlock.reaches_join(o.version_id, o.node_no, v_join.node_no, p_execution_id, v_join.visit));
        perform interlock.cancel_assignments(v_cancelled, interlock.assignment_error('late',
            format('The join %s went on without this visit.', v_node.node_id),
            'If its result is needed, make the join wait for it: join: all, or late: hold.'), p_now);
    end if;
end $$;
