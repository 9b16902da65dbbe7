-- Signs in a person who has proven their identity: creates a session in their sign_in_workspace, ends the browser's previous one, and takes this try back
-- from the throttle.
-- `p_verified_hash` is the hash that the password was compared with (null: an identity service vouched); `p_better_hash` replaces it if given.
-- Returns what find_session does, or null if the person was disabled, deleted, or got another password in the meantime.
-- Caller:  a sign-in. Locks: the person, the throttle rows. Errors: none. A repeat creates another session; beyond 50, the oldest end.
create function interlock.open_session(
    p_user_id uuid, p_email text, p_remote text, p_token_hash bytea, p_seconds integer, p_verified_hash text, p_better_hash text, p_replaces uuid)
returns jsonb language plpgsql set search_path = '' as $$
declare
    v_now       timestamptz := interlock.now();
    v_user      interlock.users;
    v_workspace integer;
begin
    perform interlock.require_read_committed();
    select u.* into v_user from interlock.users u where u.id = p_user_id and not u.is_system for no key update;
    if v_user.id is null or v_user.disabled_at is not null or v_user.deleted_at is not null
       or (p_verified_hash is not null and p_verified_hash is distinct from v_user.password_hash) then
        return null;
    end if;
    v_workspace := interlock.sign_in_workspace(v_user);
    if v_workspace is null then
        return null;
    end if;
    update interlock.users u set last_seen_at = v_now, password_hash = coalesce(p_better_hash, u.password_hash) where u.id = p_user_id;
    delete from interlock.sessions s where s.id = p_replaces;
    delete from interlock.sessions s
    where s.id in (select o.id from interlock.sessions o where o.user_id = p_user_id order by o.created_at desc, o.id desc offset 49);
    insert into interlock.sessions (id, user_id, token_hash, proved_by, remote, created_at, expires_at, workspace_id)
    values (interlock.uuidv7(), p_user_id, p_token_hash, case when p_verified_hash is null then 'supabase' else 'password' end, p_remote, v_now,
            v_now + make_interval(secs => p_seconds), v_workspace);
    perform interlock.excuse_sign_in(p_email, p_remote, v_now);
    perform interlock.record_audit('sign_in', v_user.email,
        jsonb_build_object('remote', p_remote, 'proved_by', case when p_verified_hash is null then 'supabase' else 'password' end),
        v_now);
    return interlock.find_session(p_token_hash, p_seconds);
end $$;
