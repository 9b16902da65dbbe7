-- Creates an API key for a person, in the workspace of the call, else in the first one. A key that was created with another key ends when that one does. Caller: the person; the API has checked the role.
-- Locks:   the person. Errors: IL036 user_not_found, IL038 api_key_not_found (the key of the request was revoked, or is of another workspace), IL013 at 200 valid keys.
-- A repeat creates another key.
create function interlock.create_api_key(
    p_user_id uuid, p_made_by_key uuid, p_name text, p_prefix text, p_key_hash bytea, p_role text, p_days integer, p_by text) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now       timestamptz := interlock.now();
    v_workspace integer := interlock.own_workspace();
    v_maker     interlock.api_keys;
    v_key       interlock.api_keys;
begin
    perform interlock.require_read_committed();
    perform interlock.lock_user(p_user_id);
    select k.* into v_maker from interlock.api_keys k where k.id = p_made_by_key and k.workspace_id = v_workspace and k.revoked_at is null;
    if p_made_by_key is not null and v_maker.id is null then
        perform interlock.raise_error('IL038', 'The API key of this request was revoked.');
    end if;
    if (select count(*) from interlock.api_keys k
        where k.user_id = p_user_id and k.workspace_id = v_workspace and k.revoked_at is null and (k.expires_at is null or k.expires_at > v_now)) >= 200 then
        perform interlock.raise_error('IL013', 'This user already has 200 valid API keys.', p_hint => 'Revoke the keys that are not used.');
    end if;
    insert into interlock.api_keys (id, user_id, made_by_key, name, prefix, key_hash, role, created_at, expires_at, workspace_id)
    values (interlock.uuidv7(), p_user_id, p_made_by_key, p_name, p_prefix, p_key_hash, p_role, v_now,
            least(v_now + make_interval(days => p_days), v_maker.expires_at), v_workspace)
    returning * into v_key;
    perform interlock.record_audit('create_api_key', p_by,
        jsonb_build_object('api_key_id', v_key.id, 'prefix', p_prefix, 'role', p_role, 'expires_at', interlock.utc_text(v_key.expires_at)),
        v_now, p_workspace_id => v_workspace);
    return interlock.api_key_record(v_key);
end $$;
