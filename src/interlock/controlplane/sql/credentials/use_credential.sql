-- Returns the encrypted credential with this name to a worker that is about to use it; null if there is none.
-- p_workspace_id: the workspace of the workflow that uses it. A call that is limited finds those of its own workspace only. Without both, it finds those of
-- the first workspace, and none where there are several: a worker from before there were workspaces must not take one for another.
-- Transition: none; sets last_used_at if that was more than an hour ago. Caller: a worker, every few seconds while it needs the credential.
-- Locks:   the row, only for that hourly write, and only if no other transaction holds it. Errors: none. A repeat returns the same.
create function interlock.use_credential(p_name text, p_workspace_id integer default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now        timestamptz := interlock.now();
    v_credential interlock.credentials;
begin
    select c.* into v_credential from interlock.credentials c
    where c.name = p_name and c.workspace_id = coalesce(interlock.current_workspace(), p_workspace_id,
        case when (select count(*) from interlock.workspaces) = 1 then 1 end);
    if not found then
        return null;
    end if;
    if v_credential.last_used_at is null or v_credential.last_used_at < v_now - interval '1 hour' then
        update interlock.credentials c set last_used_at = v_now
        where c.id = (select locked.id from interlock.credentials locked where locked.id = v_credential.id for no key update skip locked);
    end if;
    return jsonb_build_object('id', v_credential.id, 'name', v_credential.name, 'kind', v_credential.kind, 'revision', v_credential.revision,
        'allowed_hosts', v_credential.allowed_hosts,
        'ciphertext', encode(v_credential.ciphertext, 'base64'), 'wrapped_key', encode(v_credential.wrapped_key, 'base64'),
        'key_id', v_credential.key_id);
end $$;
