-- Locks the executions of due timers of workspaces other than the heavy ones, in turn for each workspace, oldest first, and returns the visits.
-- Caller: sweep_timers, which found p_executions already. Locks: the executions, skip locked.
create function interlock.lock_timers_around(p_executions uuid[], p_limit integer, p_now timestamptz) returns interlock.visit_id[]
language plpgsql set search_path = '' as $$
declare
    v_began timestamptz := clock_timestamp();
    v_light jsonb := interlock.light_versions(interlock.heavy_workspaces(p_executions));
    v_due   interlock.visit_id[];
begin
    with picked as materialized (
        select t.execution_id, t.assignment_id, t.due_at, row_number() over (partition by v_light -> t.version_id::text order by t.due_at) as turn
        from interlock.assignment_timers t
        where t.due_at <= p_now and v_light ? t.version_id::text
        order by turn, t.due_at limit p_limit
    )
    select array_agg(row(d.execution_id, d.assignment_id)::interlock.visit_id order by d.turn, d.due_at) into v_due
    from (
        select p.* from picked p
        join interlock.executions e on e.id = p.execution_id and e.ended_at is null
        where p.execution_id <> all (p_executions)
        for no key update of e skip locked
    ) d;
    perform interlock.note_look('timers', v_began);
    return v_due;
end $$;
