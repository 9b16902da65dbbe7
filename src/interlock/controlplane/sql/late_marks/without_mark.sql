-- Returns marks without the mark of one join; null if none is left.
create function interlock.without_mark(p_marks jsonb, p_join_node integer) returns jsonb language sql immutable as $$
    select nullif(case when p_join_node is null then p_marks else p_marks - p_join_node::text end, '{}')
$$;
