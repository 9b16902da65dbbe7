-- Translates late marks to the numbers that their joins have in another version; drops the marks of joins that it does not have.
create function interlock.marks_in_version(p_marks jsonb, p_version_id integer, p_other_id integer) returns jsonb language sql stable as $$
    select case when p_version_id = p_other_id or p_marks is null then p_marks else (
        select pg_catalog.jsonb_object_agg(n.node_no::text, m.value)
        from pg_catalog.jsonb_each(p_marks) m
        cross join lateral (select interlock.node_in_version(p_version_id, m.key::integer, p_other_id) as node_no) n
        where n.node_no is not null) end
$$;
