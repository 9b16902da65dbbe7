-- Returns the session of a token and its user, or null if there is none or it has ended. Using a session in the last half of its length extends it to its
-- full length again, up to 90 days after the sign-in: a stolen token does not work forever. A session of a workspace that the person left goes on in their
-- sign_in_workspace, and is not valid if they are in none.
-- Caller:  every request with a cookie, at most every 5 s for each session. Locks: the session or the user, only to write that it was used (once a minute).
create function interlock.find_session(p_token_hash bytea, p_seconds integer) returns jsonb language plpgsql set search_path = '' as $$
declare
    v_now       timestamptz := interlock.now();
    v_session   interlock.sessions;
    v_user      interlock.users;
    v_last      timestamptz;
    v_workspace integer;
begin
    perform interlock.require_read_committed();
    select s.* into v_session from interlock.sessions s where s.token_hash = p_token_hash and s.expires_at > v_now;
    select u.* into v_user from interlock.users u where u.id = v_session.user_id and u.disabled_at is null and u.deleted_at is null;
    if v_user.id is null then
        return null;
    end if;
    v_last := v_session.created_at + greatest(interval '90 days', make_interval(secs => p_seconds));
    if v_session.expires_at < least(v_now + make_interval(secs => p_seconds) / 2, v_last) then
        update interlock.sessions s set expires_at = least(v_now + make_interval(secs => p_seconds), v_last)
        where s.id = v_session.id and s.expires_at = v_session.expires_at
        returning * into v_session;
        if v_session.id is null then                                          -- another transaction ended or extended it
            select s.* into v_session from interlock.sessions s where s.token_hash = p_token_hash;
            if v_session.id is null then
                return null;
            end if;
        end if;
    end if;
    select m.workspace_id into v_workspace
    from interlock.workspace_members m where m.user_id = v_user.id and m.workspace_id = v_session.workspace_id;
    if v_workspace is null then                                               -- the person left the workspace, or it was deleted
        v_workspace := interlock.sign_in_workspace(v_user);
        if v_workspace is null then
            return null;
        end if;
        update interlock.sessions s set workspace_id = v_workspace where s.id = v_session.id and s.workspace_id = v_session.workspace_id;
    end if;
    perform interlock.note_seen(v_user, v_now);
    return jsonb_build_object(
        'id', v_session.id, 'proved_by', v_session.proved_by, 'expires_at', v_session.expires_at,
        'seconds_left', extract(epoch from v_session.expires_at - v_now), 'user', interlock.user_record(v_user, v_workspace)) || interlock.workspace_named(v_workspace);
end $$;
