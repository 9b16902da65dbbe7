-- Continues waits whose time has come, and fails attempts whose time has run out.
-- Transition: waiting -> completed | failed; running -> pending | failed.
-- Takes the oldest; what is due in other workspaces beside comes first, see may_look_around.
-- Caller:  tick. Locks: the executions, skip locked. Errors: none of its own. A repeat moves the rest. Returns how many were due.
create function interlock.sweep_timers(p_limit integer, p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
declare
    v_due interlock.visit_id[];
begin
    select array_agg(row(d.execution_id, d.id)::interlock.visit_id order by d.due_at, a.change_number) into v_due
    from (
        select t.execution_id, t.assignment_id as id, t.due_at
        from interlock.assignment_timers t
        join interlock.executions e on e.id = t.execution_id and e.ended_at is null
        where t.due_at <= p_now
        order by t.due_at limit p_limit
        for no key update of e skip locked
    ) d
    join interlock.assignments a on a.execution_id = d.execution_id and a.id = d.id;
    if v_due is null then
        return 0;
    elsif interlock.may_look_around('timers', cardinality(v_due), p_limit) then
        v_due := interlock.lock_timers_around(array(select d.execution_id from unnest(v_due) d), p_limit, p_now) || v_due;
    end if;
    begin
        perform interlock.finish_due(v_due, p_now);
    exception when others then
        if interlock.is_passing_error(sqlstate) then
            raise;
        end if;
        for v_row in 1 .. cardinality(v_due) loop
            begin
                perform interlock.finish_due(v_due[v_row:v_row], p_now);
            exception when others then
                if interlock.is_passing_error(sqlstate) then
                    raise;
                end if;
                perform interlock.fail_broken_execution(v_due[v_row].execution_id, interlock.broken_error(sqlstate, sqlerrm), p_now);
            end;
        end loop;
    end;
    return cardinality(v_due);
end $$;
