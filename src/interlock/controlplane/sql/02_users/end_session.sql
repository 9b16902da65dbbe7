-- Ends one session. Caller: who signs out. Locks: the session. A repeat changes nothing.
create function interlock.end_session(p_session_id uuid, p_by text) returns void language plpgsql set search_path = '' as $$
begin
    perform interlock.require_read_committed();
    delete from interlock.sessions s where s.id = p_session_id;
    if found then
        insert into interlock.audit_log (at, actor, action) values (interlock.now(), p_by, 'sign_out');
    end if;
end $$;
