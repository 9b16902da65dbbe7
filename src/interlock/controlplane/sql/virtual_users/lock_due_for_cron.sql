-- Locks due visits that workflows in cron mode left for one sweep (start or route), oldest first, and returns them. What is due in other workspaces beside
-- comes first, see may_look_around. Caller: sweep_virtual_users.
-- Locks: the executions and the assignments, skip locked.
create function interlock.lock_due_for_cron(p_sweep text, p_limit integer, p_now timestamptz) returns interlock.opening[]
language plpgsql set search_path = '' as $$
declare
    v_plain   interlock.opening[];
    v_special interlock.opening[];
begin
    select array_agg(row(d.execution_id, d.id, d.version_id, d.node_no, null, null, null, null, false)::interlock.opening) into v_plain
    from (
        select a.execution_id, a.id, a.version_id, a.node_no
        from interlock.claimable_assignments a
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no and n.swept_by = p_sweep
        join interlock.executions e on e.id = a.execution_id and e.ended_at is null
        where a.queue = '' and a.due_at <= p_now
        order by a.due_at
        limit p_limit
        for no key update of a, e skip locked
    ) d;
    select array_agg(row(d.execution_id, d.id, d.version_id, d.node_no, null, null, null, null, false)::interlock.opening) into v_special
    from (
        select a.execution_id, a.id, a.version_id, a.node_no
        from interlock.claimable_special_assignments a
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no and n.swept_by = p_sweep
        join interlock.executions e on e.id = a.execution_id and e.ended_at is null
        where a.queue = '' and a.due_at <= p_now
        order by a.due_at
        limit p_limit
        for no key update of a, e skip locked
    ) d;
    v_plain := v_plain || v_special;
    if interlock.may_look_around(p_sweep, cardinality(v_plain), p_limit) then
        v_plain := interlock.lock_cron_around(p_sweep, array(select o.execution_id from unnest(v_plain) o), p_limit, p_now) || v_plain;
    end if;
    return v_plain;
end $$;
