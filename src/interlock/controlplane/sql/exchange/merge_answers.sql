-- Returns the answers to all results of an exchange: ok to those that the lean path took, and the answers of the general path to the others, in order.
create function interlock.merge_answers(p_count integer, p_taken bigint[], p_answers text[]) returns text[]
language plpgsql stable set search_path = '' as $$
begin
    return (
        select array_agg(case when n.is_taken then 'ok' else p_answers[n.nth] end order by n.ord)
        from (
            select o.ord, t.ord is not null as is_taken, count(*) filter (where t.ord is null) over (order by o.ord) as nth
            from generate_series(1, p_count) o (ord)
            left join (select u.ord from unnest(p_taken) u (ord)) t on t.ord = o.ord
        ) n);
end $$;
