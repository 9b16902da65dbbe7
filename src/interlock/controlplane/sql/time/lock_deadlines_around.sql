-- Locks executions whose time has run out, of workspaces other than the heavy ones, in turn for each workspace, oldest first, and returns them.
-- Caller: sweep_deadlines, which found p_executions already. Locks: the executions, skip locked.
create function interlock.lock_deadlines_around(p_executions uuid[], p_limit integer, p_now timestamptz) returns uuid[]
language plpgsql set search_path = '' as $$
declare
    v_began timestamptz := clock_timestamp();
    v_heavy integer[] := interlock.heavy_workspaces(p_executions);
    v_found uuid[];
begin
    with picked as materialized (
        select e.id, e.deadline_at, row_number() over (partition by e.workspace_id order by e.deadline_at) as turn
        from interlock.executions e
        where e.deadline_at is not null and e.ended_at is null and e.deadline_at <= p_now and e.workspace_id <> all (v_heavy)
        order by turn, e.deadline_at limit p_limit
    )
    select array_agg(d.id) into v_found
    from (
        select p.id from picked p
        join interlock.executions e on e.id = p.id and e.ended_at is null
        where p.id <> all (p_executions)
        for no key update of e skip locked
    ) d;
    perform interlock.note_look('deadlines', v_began);
    return v_found;
end $$;
