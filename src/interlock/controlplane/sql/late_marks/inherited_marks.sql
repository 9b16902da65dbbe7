-- Returns the marks that all tokens of a join's visit carry, without the marks of the join itself.
create function interlock.inherited_marks(p_execution_id uuid, p_join_node integer, p_visit integer) returns jsonb language plpgsql stable set search_path = '' as $$
begin
    return (
        select interlock.without_mark(pg_catalog.jsonb_object_agg(mark.key, mark.value), p_join_node)
        from (
            select m.key, m.value
            from interlock.tokens t
            cross join lateral pg_catalog.jsonb_each(t.late_for) m
            where t.execution_id = p_execution_id and t.join_node = p_join_node and t.visit = p_visit and not t.late
            group by m.key, m.value
            having count(*) = (
                select count(*) from interlock.tokens k
                where k.execution_id = p_execution_id and k.join_node = p_join_node and k.visit = p_visit and not k.late)
        ) mark);
end $$;
