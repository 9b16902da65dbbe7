-- Lets a version of the first workspace be written with the keys that its queues have: carry_first_workspace waits for the end of this transaction, and this
-- call for that of a transaction that changes the keys now. What reads them comes in a statement of its own, after it.
-- Caller: keep_version. Locks: an advisory transaction lock, shared. Errors: none.
create function interlock.hold_queue_keys(p_workspace_id integer) returns void language plpgsql set search_path = '' as $$
begin
    if p_workspace_id = 1 then
        perform pg_advisory_xact_lock_shared(hashtextextended('interlock.queue_keys', 0));
    end if;
end $$;
