-- Moves a person's session to another workspace of theirs, in which their next sign-in begins, too. The session gets a new token: no process can still take
-- the old one for a session of the workspace before. Without a session, as for a token of an identity service, only what begins from now on is there.
-- Returns {session} as find_session does, null without a session; null if the session has ended.
-- Caller:  the person. Locks: the person, the session. Errors: IL036 user_not_found, IL060 workspace_not_found: also if they are no member of it.
-- A repeat with the session's new token changes nothing more.
create function interlock.switch_workspace(
    p_user_id uuid, p_session_id uuid, p_workspace_id integer, p_token_hash bytea, p_seconds integer, p_by text) returns jsonb
language plpgsql set search_path = '' as $$
begin
    perform interlock.require_read_committed();
    perform interlock.lock_user(p_user_id);
    if not exists (select from interlock.workspace_members m where m.user_id = p_user_id and m.workspace_id = p_workspace_id) then
        perform interlock.raise_error('IL060', format('There is no workspace %s.', p_workspace_id));
    end if;
    update interlock.sessions s set workspace_id = p_workspace_id, token_hash = p_token_hash where s.id = p_session_id and s.user_id = p_user_id;
    if not found and p_session_id is not null then
        return null;
    end if;
    update interlock.users u set workspace_id = p_workspace_id where u.id = p_user_id;
    perform interlock.record_audit('switch_workspace', p_by, jsonb_build_object('user_id', p_user_id, 'workspace_id', p_workspace_id), interlock.now());
    return jsonb_build_object('session', interlock.find_session(p_token_hash, p_seconds));
end $$;
