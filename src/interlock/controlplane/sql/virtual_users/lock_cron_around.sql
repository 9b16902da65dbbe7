-- Locks due visits that workflows in cron mode left for one sweep, of workspaces other than the heavy ones, in turn for each workspace, oldest first, and
-- returns them. Caller: lock_due_for_cron, which found p_executions already. Locks: the executions and the assignments, skip locked.
create function interlock.lock_cron_around(p_sweep text, p_executions uuid[], p_limit integer, p_now timestamptz) returns interlock.opening[]
language plpgsql set search_path = '' as $$
declare
    v_began timestamptz := clock_timestamp();
    v_light jsonb := interlock.light_versions(interlock.heavy_workspaces(p_executions));
    v_due   interlock.opening[];
begin
    with due as (
        select a.execution_id, a.id, a.version_id, a.node_no, a.due_at from interlock.claimable_assignments a where a.queue = '' and a.due_at <= p_now
        union all
        select a.execution_id, a.id, a.version_id, a.node_no, a.due_at from interlock.claimable_special_assignments a where a.queue = '' and a.due_at <= p_now
    ), picked as materialized (
        select d.*, row_number() over (partition by v_light -> d.version_id::text order by d.due_at) as turn
        from due d
        join interlock.nodes n on n.version_id = d.version_id and n.node_no = d.node_no and n.swept_by = p_sweep
        where v_light ? d.version_id::text
        order by turn, d.due_at limit p_limit
    )
    select array_agg(row(d.execution_id, d.id, d.version_id, d.node_no, null, null, null, null, false)::interlock.opening order by d.turn, d.due_at) into v_due
    from (
        select p.* from picked p
        join interlock.executions e on e.id = p.execution_id and e.ended_at is null
        join interlock.assignments a on a.execution_id = p.execution_id and a.id = p.id and a.status = any (array['pending'])
        where p.execution_id <> all (p_executions)
        for no key update of a, e skip locked
    ) d;
    perform interlock.note_look(p_sweep, v_began);
    return v_due;
end $$;
