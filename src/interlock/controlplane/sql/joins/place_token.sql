-- Puts one token, which may be late, into its join. See place_tokens, which does many at once if none of them is late.
create function interlock.place_token(
    p_execution_id uuid, p_version_id integer, p_join_node integer, p_slot integer, p_from uuid, p_marks jsonb, p_now timestamptz
) returns void
language plpgsql set search_path = '' as $$
declare
    v_late_visit integer := (p_marks ->> p_join_node::text)::integer;
    v_marks      jsonb := interlock.without_mark(p_marks, p_join_node);
    v_visit      integer;
    v_last       record;
begin
    if v_late_visit is not null and not exists (
        select from interlock.tokens t
        where t.execution_id = p_execution_id and t.join_node = p_join_node and t.visit = v_late_visit and t.slot = p_slot)
    then
        insert into interlock.tokens (execution_id, join_node, visit, slot, from_assignment_id, late, late_for, token_number)
        values (p_execution_id, p_join_node, v_late_visit, p_slot, p_from, true, v_marks, nextval('interlock.change_numbers'));
        return;
    end if;

    select h.visit into v_visit
    from interlock.assignments h
    where h.execution_id = p_execution_id and h.node_no = p_join_node and h.status = 'holding' and not exists (
        select from interlock.tokens t
        where t.execution_id = p_execution_id and t.join_node = p_join_node and t.visit = h.visit and t.slot = p_slot)
    order by h.visit limit 1;

    if v_visit is null then
        select a.visit, a.visits_since_wait, a.created_at, e.last_waited_at into v_last
        from interlock.executions e
        left join interlock.assignments a
            on a.execution_id = e.id and a.node_no = p_join_node and a.is_indexed and a.parent_assignment_id is null
        where e.id = p_execution_id
        order by a.visit desc nulls last limit 1;
        v_visit := coalesce(v_last.visit, 0) + 1;
        insert into interlock.assignments (execution_id, id, version_id, node_no, visit, visits_since_wait, status, is_indexed, ordered, queue, previous_assignment_id,
            change_number, created_at)
        select p_execution_id, interlock.uuidv7(), p_version_id, p_join_node, v_visit,
               case when v_last.created_at >= v_last.last_waited_at or v_last.last_waited_at is null then coalesce(v_last.visits_since_wait, 0) + 1 else 1 end,
               'holding', true, n.ordered, n.queue, p_from, nextval('interlock.change_numbers'), p_now
        from interlock.nodes n where n.version_id = p_version_id and n.node_no = p_join_node;
    end if;
    insert into interlock.tokens (execution_id, join_node, visit, slot, from_assignment_id, late_for, token_number)
    values (p_execution_id, p_join_node, v_visit, p_slot, p_from, v_marks, nextval('interlock.change_numbers'));
end $$;
