-- Announces which of these executions have ended, on the channel execution_ended: a status, and the ids of executions with that status. At most 200 ids in
-- a notification, which may have 7,999 bytes. Listeners receive it after the commit, so they see the end.
-- Transition: none. Caller: update_statuses, end_executions; only if a listener is registered. complete_execution announces its one end itself. Locks,
-- errors: none.
-- A repeat announces them again.
create function interlock.announce_ends(p_executions uuid[]) returns void language plpgsql set search_path = '' as $$
begin
    perform pg_notify('execution_ended', ended.status || ' ' || string_agg(ended.id::text, ','))
    from (
        select e.id, e.status, (row_number() over (partition by e.status) - 1) / 200 as part
        from interlock.executions e
        where e.id = any (p_executions) and e.ended_at is not null
    ) ended
    group by ended.status, ended.part;
end $$;
