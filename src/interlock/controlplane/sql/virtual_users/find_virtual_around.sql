-- Returns executions with due visits that were left for a virtual user, of workspaces other than the heavy ones, in turn for each workspace, oldest first.
-- Caller: lock_due_virtual, which found p_executions already. Locks: the executions, skip locked.
create function interlock.find_virtual_around(p_executions uuid[], p_limit integer, p_now timestamptz) returns uuid[]
language plpgsql set search_path = '' as $$
declare
    v_began timestamptz := clock_timestamp();
    v_light jsonb := interlock.light_versions(interlock.heavy_workspaces(p_executions));
    v_found uuid[];
begin
    with picked as materialized (
        select t.execution_id, t.due_at, row_number() over (partition by v_light -> t.version_id::text order by t.due_at) as turn
        from interlock.virtual_user_timers t
        where t.due_at <= p_now and v_light ? t.version_id::text
        order by turn, t.due_at limit p_limit
    )
    select array_agg(distinct d.execution_id) into v_found
    from (
        select p.execution_id from picked p
        join interlock.executions e on e.id = p.execution_id and e.ended_at is null
        where p.execution_id <> all (p_executions)
        for no key update of e skip locked
    ) d;
    perform interlock.note_look('virtual', v_began);
    return v_found;
end $$;
