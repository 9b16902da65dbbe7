-- Returns how many more assignments may run in the workspace of a queue, whose running assignments are limited; 0 if another transaction claims some of them at
-- this moment. That transaction, or this one, holds the lock until its end, so that two together never claim more than the limit.
-- Caller: claim_assignments, claim_left_over, claim_alone. Locks: an advisory transaction lock of the workspace, tried once.
-- at_limit: the limit is reached, so that nothing can be claimed before something ends.
create function interlock.free_to_run(p_queue text, out free integer, out at_limit boolean) language plpgsql set search_path = '' as $$
declare
    v_workspace_id integer := interlock.workspace_of(p_queue);
begin
    free := 0;
    at_limit := false;
    if pg_try_advisory_xact_lock(hashtextextended('interlock.running ' || v_workspace_id, 0)) then
        -- in a statement of its own, after the lock
        free := greatest(0, (select w.max_running from interlock.workspaces w where w.id = v_workspace_id) - interlock.running_count(v_workspace_id));
        at_limit := free = 0;
    end if;
end $$;
