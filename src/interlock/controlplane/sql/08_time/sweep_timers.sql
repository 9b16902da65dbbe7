-- Waits whose time has come go on; attempts whose time has run out fail.
-- Transition: waiting -> completed | failed; running -> pending | failed.
-- Caller:  tick. Locks: the executions, skip locked. Gives back how many were due.
create function interlock.sweep_timers(p_limit integer, p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
declare
    v_due record;
begin
    select array_agg(d.execution_id order by d.due_at, d.change_number) as executions, array_agg(d.id order by d.due_at, d.change_number) as assignments
    into v_due
    from (
        select a.execution_id, a.id, a.due_at, a.change_number
        from interlock.assignments a
        join interlock.executions e on e.id = a.execution_id
        where a.status in ('running', 'waiting') and a.due_at is not null and a.due_at <= p_now
        order by a.due_at limit p_limit
        for no key update of e skip locked
    ) d;
    if v_due.executions is null then
        return 0;
    end if;
    begin
        perform interlock.finish_due(v_due.executions, v_due.assignments, p_now);
    exception when others then
        if interlock.is_passing_error(sqlstate) then
            raise;
        end if;
        for v_row in 1 .. cardinality(v_due.executions) loop
            begin
                perform interlock.finish_due(v_due.executions[v_row:v_row], v_due.assignments[v_row:v_row], p_now);
            exception when others then
                if interlock.is_passing_error(sqlstate) then
                    raise;
                end if;
                perform interlock.fail_broken_execution(v_due.executions[v_row], sqlstate, sqlerrm, p_now);
            end;
        end loop;
    end;
    return cardinality(v_due.executions);
end $$;
