-- Sets the status of executions by their open visits; an execution without one has completed.
-- Transition: execution pending, running, waiting, paused -> running | waiting | paused | completed.
-- No exists(): PostgreSQL may plan it as a hash of everything that is open in the database.
-- Caller:  advance, with the locks of the executions. Errors: none. A repeat changes nothing.
create function interlock.update_statuses(p_executions uuid[], p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
begin
    update interlock.executions e
    set status = s.status,
        started_at = coalesce(e.started_at, p_now),
        ended_at = case when s.status = 'completed' then p_now end,
        change_number = nextval('interlock.change_numbers')
    from (
        select x.id, case
            when (select true from interlock.assignments a where a.execution_id = x.id and a.ended_at is null
                and (a.status in ('pending', 'running') or a.wait_for = 'turn') limit 1) then 'running'
            when (select true from interlock.assignments a where a.execution_id = x.id and a.ended_at is null
                and a.wait_for = 'person' limit 1) then 'paused'
            when (select true from interlock.assignments a where a.execution_id = x.id and a.ended_at is null limit 1) then 'waiting'
            else 'completed' end as status
        from unnest(p_executions) x (id)
        offset 0                                                          -- so that each is decided once
    ) s
    where e.id = s.id and e.status <> s.status and e.ended_at is null;
    if found then
        perform interlock.announce_ends(p_executions) from interlock.listeners l where l.expires_at > p_now limit 1;
    end if;
end $$;
