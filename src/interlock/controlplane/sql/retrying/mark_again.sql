-- Marks the visit that a retry begins again from, or its tokens if it is a join that holds, and the tokens of the joins that hold again, as late for what
-- they would be late for if that visit had been open all the time.
-- Caller:  retry, after take_over. Errors: none. A repeat changes nothing more.
create function interlock.mark_again(p_execution_id uuid, p_version_id integer, p_from uuid, p_dropped uuid[]) returns void
language plpgsql set search_path = '' as $$
begin
    update interlock.assignments a
    set late_for = m.marks || coalesce(a.late_for, '{}')
    from (
        select f.id, interlock.marks_again(f.execution_id, f.id, f.version_id, f.node_no) as marks
        from interlock.assignments f
        where f.execution_id = p_execution_id and f.id = p_from and f.status <> 'holding'
    ) m
    where a.execution_id = p_execution_id and a.id = m.id and m.marks is not null;

    update interlock.tokens t
    set late_for = m.marks || coalesce(t.late_for, '{}')
    from (
        select k.join_node, k.visit, k.slot, interlock.marks_again(k.execution_id, k.from_assignment_id, p_version_id, k.join_node) as marks
        from interlock.assignments h
        join interlock.tokens k on k.execution_id = h.execution_id and k.join_node = h.node_no and k.visit = h.visit
        where h.execution_id = p_execution_id and h.id = any (p_from || p_dropped) and h.status = 'holding'
    ) m
    where t.execution_id = p_execution_id and t.join_node = m.join_node and t.visit = m.visit and t.slot = m.slot and m.marks is not null;
end $$;
