-- Ends an execution whose path has ended, and announces it, if it has no open visit; else it leaves the status to update_statuses. It is the quick way for one
-- execution that reached its end by plain results alone.
-- Transition: execution running -> completed, or as update_statuses.
-- Caller:  the lean path, with the lock of the execution. Errors: none. A repeat changes nothing.
create function interlock.complete_execution(p_execution_id uuid, p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
declare
    v_is_heard boolean;
    v_told     boolean;                                                   -- assigned: a perform would be a statement of its own
begin
    update interlock.executions e
    set status = 'completed', ended_at = p_now, change_number = nextval('interlock.change_numbers')
    where e.id = p_execution_id and e.ended_at is null and e.started_at is not null
        and (select true from interlock.assignments a where a.execution_id = p_execution_id and a.ended_at is null limit 1) is null
    returning coalesce((select true from interlock.listeners l where l.expires_at > p_now limit 1), false) into v_is_heard;
    if v_is_heard then
        v_told := pg_notify('execution_ended', 'completed ' || p_execution_id) is null;
    elsif v_is_heard is null then
        v_told := interlock.update_statuses(array[p_execution_id], p_now) is null;
    end if;
end $$;
