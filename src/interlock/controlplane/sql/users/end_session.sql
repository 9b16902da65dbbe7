-- Ends one session. Caller: the user who signs out. Locks: the session. Errors: none. A repeat changes nothing.
create function interlock.end_session(p_session_id uuid, p_by text) returns void language plpgsql set search_path = '' as $$
begin
    perform interlock.require_read_committed();
    delete from interlock.sessions s where s.id = p_session_id;
    if found then
        perform interlock.record_audit('sign_out', p_by, null, interlock.now());
    end if;
end $$;
