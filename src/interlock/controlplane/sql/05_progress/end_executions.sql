-- Executions end: what is open in them is cancelled, and what they held is free again.
-- Transition: execution pending, running, waiting, paused -> completed | failed | cancelled | timed_out.
-- Caller:  advance, cancel, tick; with the locks of the executions. A repeat changes nothing.
create function interlock.end_executions(
    p_executions uuid[], p_statuses text[], p_ended_by uuid[], p_errors jsonb[], p_now timestamptz
) returns void
language plpgsql set search_path = '' as $$
declare
    v_executions  uuid[];
    v_assignments uuid[];
begin
    select array_agg(a.execution_id), array_agg(a.id) into v_executions, v_assignments
    from unnest(p_executions) x (id)
    cross join lateral (
        select o.execution_id, o.id from interlock.assignments o where o.execution_id = x.id and o.ended_at is null offset 0
    ) a;
    if v_executions is not null then
        perform interlock.cancel_assignments(v_executions, v_assignments,
            jsonb_build_object('code', 'execution_ended', 'message', 'The execution ended.'), p_now);
    end if;

    update interlock.executions e
    set status = x.status, ended_at = p_now, started_at = coalesce(e.started_at, p_now), error = x.error,
        end_id = case when x.status = 'completed' then x.ended_by end, change_number = nextval('interlock.change_numbers')
    from (
        select distinct on (u.id) u.* from unnest(p_executions, p_statuses, p_ended_by, p_errors) with ordinality u (id, status, ended_by, error, ord)
        order by u.id, u.ord
    ) x
    where e.id = x.id and e.ended_at is null;
end $$;
