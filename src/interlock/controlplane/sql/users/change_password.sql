-- Replaces the password that was verified, ends every session of the person, and opens a new session if the hash of a token is given, in
-- the workspace of the call.
-- Returns {session} as find_session does, null without a token; null if the person was disabled or got another password in the meantime.
-- Caller:  the person. Locks: the person, the throttle rows. Errors: none. A repeat finds another password and returns null.
create function interlock.change_password(
    p_user_id uuid, p_remote text, p_verified_hash text, p_password_hash text, p_token_hash bytea, p_seconds integer) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now  timestamptz := interlock.now();
    v_user interlock.users;
begin
    perform interlock.require_read_committed();
    v_user := interlock.lock_user(p_user_id);
    if v_user.disabled_at is not null or v_user.password_hash is distinct from p_verified_hash then
        return null;
    end if;
    update interlock.users u set password_hash = p_password_hash, must_change_password = false where u.id = p_user_id;
    delete from interlock.sessions s where s.user_id = p_user_id;
    perform interlock.excuse_sign_in(v_user.email, p_remote, v_now);
    perform interlock.record_audit('change_password', v_user.email, jsonb_build_object('remote', p_remote), v_now);
    if p_token_hash is not null then
        insert into interlock.sessions (id, user_id, token_hash, proved_by, remote, created_at, expires_at, workspace_id)
        values (interlock.uuidv7(), p_user_id, p_token_hash, 'password', p_remote, v_now, v_now + make_interval(secs => p_seconds),
                coalesce(interlock.current_workspace(), interlock.sign_in_workspace(v_user)));
    end if;
    return jsonb_build_object('session', interlock.find_session(p_token_hash, p_seconds));
end $$;
