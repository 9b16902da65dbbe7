-- Saves a new credential in the call's workspace, in the first one if the call is not limited. The caller chose its id and encrypted its values under it.
-- Transition: none -> a row. Caller: the API. Locks: the new row's name, the workspace against deletion.
-- Errors:  IL021 name_taken, IL060 workspace_not_found. A repeat with the same id changes nothing and returns the same.
create function interlock.save_credential(
    p_id uuid, p_name text, p_kind text, p_description text, p_field_names text[], p_allowed_hosts text[], p_ciphertext bytea, p_wrapped_key bytea,
    p_key_id text, p_by text
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now        timestamptz := interlock.now();
    v_workspace  integer := interlock.own_workspace();
    v_credential interlock.credentials;
begin
    perform interlock.require_read_committed();
    perform interlock.lock_workspace(v_workspace);
    insert into interlock.credentials as c
        (id, name, kind, description, field_names, allowed_hosts, ciphertext, wrapped_key, key_id, created_by, created_at, updated_by, updated_at,
            workspace_id)
    values (p_id, p_name, p_kind, p_description, p_field_names, p_allowed_hosts, p_ciphertext, p_wrapped_key, p_key_id, p_by, v_now, p_by, v_now,
        v_workspace)
    on conflict do nothing
    returning c.* into v_credential;
    if found then
        perform interlock.record_audit('create_credential', p_by,
            jsonb_build_object('credential_id', p_id, 'name', p_name, 'kind', p_kind, 'field_names', p_field_names, 'allowed_hosts', p_allowed_hosts),
            v_now, p_workspace_id => v_workspace);
        return interlock.credential_json(v_credential);
    end if;
    select c.* into v_credential from interlock.credentials c where c.id = p_id and c.workspace_id = v_workspace;
    if not found then
        perform interlock.raise_error('IL021', format('There is already a credential named %s.', p_name), p_name,
            'Choose another name, or replace the values of that credential.');
    end if;
    return interlock.credential_json(v_credential);
end $$;
