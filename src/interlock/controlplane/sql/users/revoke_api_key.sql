-- Revokes an API key of the workspace of the call, and all keys that were created with it. With `p_user_id`, only a key of that person; with `p_by_key`, only that key or one of those
-- that were created with it.
-- Caller:  the person, a client with a key of theirs, or an admin.
-- Locks:   the person who owns the key. Errors: IL038 api_key_not_found. A repeat changes nothing.
create function interlock.revoke_api_key(p_api_key_id uuid, p_user_id uuid, p_by_key uuid, p_by text) returns void language plpgsql set search_path = '' as $$
declare
    v_now   timestamptz := interlock.now();
    v_key   interlock.api_keys;
    v_count integer;
begin
    perform interlock.require_read_committed();
    select k.* into v_key from interlock.api_keys k
    where k.id = p_api_key_id and k.workspace_id = coalesce(interlock.current_workspace(), k.workspace_id) and (p_user_id is null or k.user_id = p_user_id)
      and (p_by_key is null or p_by_key in (
          with recursive maker (id, made_by_key) as (
              select p_api_key_id, k.made_by_key
              union
              select m.id, m.made_by_key from maker one join interlock.api_keys m on m.id = one.made_by_key
          )
          select maker.id from maker));
    if v_key.id is null then
        perform interlock.raise_error('IL038', format('There is no API key %s.', p_api_key_id));
    end if;
    perform from interlock.users u where u.id = v_key.user_id for no key update;          -- create_api_key does so too: no key is created now
    with recursive made (id) as (
        select p_api_key_id
        union
        select k.id from made m join interlock.api_keys k on k.made_by_key = m.id
    )
    update interlock.api_keys k set revoked_at = v_now from made m where k.id = m.id and k.revoked_at is null;
    get diagnostics v_count = row_count;
    if v_count > 0 then
        perform interlock.record_audit('revoke_api_key', p_by,
            jsonb_build_object('api_key_id', p_api_key_id, 'prefix', v_key.prefix, 'count', v_count),
            v_now, p_workspace_id => v_key.workspace_id);
    end if;
end $$;
