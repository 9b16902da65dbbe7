-- Wraps a credential's own key with another master key; its values, revision and date stay.
-- Transition: none. Caller: `interlock credentials rewrap`. Locks: the row.
-- Errors:  none. Changes nothing and returns false on a repeat, or if the credential was changed or deleted meanwhile (its wrapped key is not p_before).
create function interlock.rewrap_credential(p_id uuid, p_before bytea, p_wrapped_key bytea, p_key_id text, p_by text) returns boolean
language plpgsql set search_path = '' as $$
declare
    v_name         text;
    v_workspace_id integer;
begin
    perform interlock.require_read_committed();
    update interlock.credentials c set wrapped_key = p_wrapped_key, key_id = p_key_id
    where c.id = p_id and c.wrapped_key = p_before and c.workspace_id = coalesce(interlock.current_workspace(), c.workspace_id)
    returning c.name, c.workspace_id into v_name, v_workspace_id;
    if not found then
        return false;
    end if;
    perform interlock.record_audit('rewrap_credential', p_by,
        jsonb_build_object('credential_id', p_id, 'name', v_name, 'key_id', p_key_id),
        interlock.now(), p_workspace_id => v_workspace_id);
    return true;
end $$;
