-- Returns the valid API key with this hash, its user and its workspace, or null. It is not valid when the user has left the workspace.
-- Caller: every request with a key, at most every 5 s for each key.
-- Locks:   the key or the user, only to write that it was used (once a minute).
create function interlock.find_api_key(p_key_hash bytea) returns jsonb language plpgsql set search_path = '' as $$
declare
    v_now  timestamptz := interlock.now();
    v_key  interlock.api_keys;
    v_user interlock.users;
begin
    perform interlock.require_read_committed();
    select k.* into v_key from interlock.api_keys k
    where k.key_hash = p_key_hash and k.revoked_at is null and (k.expires_at is null or k.expires_at > v_now);
    select u.* into v_user from interlock.users u where u.id = v_key.user_id and u.disabled_at is null and u.deleted_at is null;
    if v_user.id is null or not exists (
        select from interlock.workspace_members m where m.user_id = v_user.id and m.workspace_id = v_key.workspace_id) then
        return null;
    end if;
    if v_key.last_used_at is null or v_key.last_used_at < v_now - interval '1 minute' then
        update interlock.api_keys k set last_used_at = v_now
        where k.id = (select o.id from interlock.api_keys o where o.id = v_key.id for no key update skip locked);
        perform interlock.note_seen(v_user, v_now);
    end if;
    return jsonb_build_object(
        'id', v_key.id, 'role', v_key.role, 'expires_at', v_key.expires_at, 'seconds_left', extract(epoch from v_key.expires_at - v_now),
        'user', interlock.user_record(v_user, v_key.workspace_id)) || interlock.workspace_named(v_key.workspace_id);
end $$;
