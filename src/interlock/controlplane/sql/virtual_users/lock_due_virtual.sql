-- Locks the executions that have due visits which were left pending for a virtual user, oldest first, and returns these visits. All that are due in one
-- execution begin together, as they would have in the transaction that left them. Caller: sweep_virtual_users.
-- Locks: the executions and the assignments, skip locked. p_limit: maximum number of visits that executions are found by; at most 10,000 are returned.
create function interlock.lock_due_virtual(p_limit integer, p_now timestamptz) returns interlock.opening[]
language plpgsql set search_path = '' as $$
declare
    v_executions uuid[];
begin
    v_executions := array(
        select d.execution_id
        from (
            select t.execution_id
            from interlock.virtual_user_timers t
            join interlock.executions e on e.id = t.execution_id and e.ended_at is null
            where t.due_at <= p_now
            order by t.queue, t.due_at
            limit p_limit
            for no key update of t, e skip locked
        ) d
        group by d.execution_id);
    return (
        select array_agg(row(d.execution_id, d.id, d.version_id, d.node_no, null, null, null, null, false)::interlock.opening
                   order by d.due_at, d.change_number)
        from (
            select a.execution_id, a.id, a.version_id, a.node_no, a.due_at, a.change_number
            from unnest(v_executions) x (id)
            cross join lateral (
                select o.* from interlock.assignments o where o.execution_id = x.id and o.ended_at is null offset 0
            ) a
            where a.status = 'pending' and not a.suspended and a.queue is null and a.due_at <= p_now
            order by a.due_at, a.change_number
            limit 10000
        ) d);
end $$;
