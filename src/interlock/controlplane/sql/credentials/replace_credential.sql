-- Replaces a credential's values, description or hosts; null leaves them as they are. The caller encrypts the values, and always sends all of them.
-- p_hosts_before: the hosts that the caller compared the new ones with. If they are others by now, this changes nothing and returns null. null: any hosts.
-- Transition: none; new values increase the revision. Caller: the API. Locks: the row.
-- Errors:  IL040 credential_not_found, also if it belongs to another workspace. A repeat writes the same again.
create function interlock.replace_credential(
    p_id uuid, p_description text, p_field_names text[], p_allowed_hosts text[], p_ciphertext bytea, p_wrapped_key bytea, p_key_id text, p_by text,
    p_hosts_before text[] default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now        timestamptz := interlock.now();
    v_credential interlock.credentials;
begin
    perform interlock.require_read_committed();
    update interlock.credentials c
    set description = coalesce(p_description, c.description), field_names = coalesce(p_field_names, c.field_names),
        allowed_hosts = coalesce(p_allowed_hosts, c.allowed_hosts), ciphertext = coalesce(p_ciphertext, c.ciphertext),
        wrapped_key = coalesce(p_wrapped_key, c.wrapped_key), key_id = coalesce(p_key_id, c.key_id), revision = c.revision + case when p_ciphertext is null then 0 else 1 end,
        updated_by = p_by, updated_at = v_now
    where c.id = p_id and c.workspace_id = coalesce(interlock.current_workspace(), c.workspace_id)
        and (p_hosts_before is null or c.allowed_hosts = p_hosts_before)
    returning c.* into v_credential;
    if not found then
        if exists (select from interlock.credentials c where c.id = p_id and c.workspace_id = coalesce(interlock.current_workspace(), c.workspace_id)) then
            return null;
        end if;
        perform interlock.raise_no_credential(p_id);
    end if;
    perform interlock.record_audit('update_credential', p_by,
        jsonb_build_object('credential_id', p_id, 'name', v_credential.name, 'kind', v_credential.kind,
            'field_names', v_credential.field_names, 'allowed_hosts', v_credential.allowed_hosts, 'values_replaced', p_ciphertext is not null),
        v_now, p_workspace_id => v_credential.workspace_id);
    return interlock.credential_json(v_credential);
end $$;
