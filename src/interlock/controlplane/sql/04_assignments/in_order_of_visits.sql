-- Finished assignments in the order reported, but visits of one ordered node after their lower ones. Caller: record_results.
create function interlock.in_order_of_visits(p_executions uuid[], p_assignments uuid[], out executions uuid[], out assignments uuid[])
language plpgsql stable set search_path = '' as $$
begin
    select array_agg(x.execution_id order by x.place, x.visit), array_agg(x.id order by x.place, x.visit) into executions, assignments
    from (
        select f.execution_id, f.id, a.visit,
               case when a.ordered then max(f.ord) over (partition by a.execution_id, a.node_no order by a.visit) else f.ord end as place
        from unnest(p_executions, p_assignments) with ordinality f (execution_id, id, ord)
        join interlock.assignments a on a.execution_id = f.execution_id and a.id = f.id
    ) x;
end $$;
