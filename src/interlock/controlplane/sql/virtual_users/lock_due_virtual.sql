-- Locks the executions that have due visits which were left pending for a virtual user, oldest first, and returns these visits. All that are due in one
-- execution begin together, as they would have in the transaction that left them. What is due in other workspaces beside comes first, see may_look_around.
-- Caller: sweep_virtual_users.
-- Locks: the executions and the assignments, skip locked. p_limit: maximum number of visits that executions are found by; at most 10,000 are returned.
create function interlock.lock_due_virtual(p_limit integer, p_now timestamptz) returns interlock.opening[]
language plpgsql set search_path = '' as $$
declare
    v_found  record;
    v_others uuid[];
begin
    select array_agg(distinct d.execution_id) as executions, count(*)::integer as visits into v_found
    from (
        select t.execution_id
        from interlock.virtual_user_timers t
        join interlock.executions e on e.id = t.execution_id and e.ended_at is null
        where t.due_at <= p_now
        order by t.queue, t.due_at
        limit p_limit
        for no key update of t, e skip locked
    ) d;
    if interlock.may_look_around('virtual', v_found.visits, p_limit) then
        v_others := interlock.find_virtual_around(v_found.executions, p_limit, p_now);
    end if;
    return (
        select array_agg(row(d.execution_id, d.id, d.version_id, d.node_no, null, null, null, null, false)::interlock.opening
                   order by d.is_other desc, d.due_at, d.change_number)
        from (
            select a.execution_id, a.id, a.version_id, a.node_no, a.due_at, a.change_number, x.is_other
            from (select unnest(v_others), true union all select unnest(v_found.executions), false) x (id, is_other)
            cross join lateral (
                select o.* from interlock.assignments o where o.execution_id = x.id and o.ended_at is null offset 0
            ) a
            where a.status = 'pending' and not a.suspended and a.queue is null and a.due_at <= p_now
            order by x.is_other desc, a.due_at, a.change_number
            limit 10000
        ) d);
end $$;
