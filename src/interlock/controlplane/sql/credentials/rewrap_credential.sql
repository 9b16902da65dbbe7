-- Puts a credential's own key under another master key; its values, revision and date stay.
-- Transition: none. Caller: `interlock credentials rewrap`. Locks: the row.
-- A repeat, and a credential that was written or deleted meanwhile (its wrapped key is no longer p_before), change nothing and answer false.
create function interlock.rewrap_credential(p_id uuid, p_before bytea, p_wrapped_key bytea, p_key_id text, p_by text) returns boolean
language plpgsql set search_path = '' as $$
declare
    v_name text;
begin
    perform interlock.require_read_committed();
    update interlock.credentials c set wrapped_key = p_wrapped_key, key_id = p_key_id
    where c.id = p_id and c.wrapped_key = p_before returning c.name into v_name;
    if not found then
        return false;
    end if;
    perform interlock.record_audit('rewrap_credential', p_by,
        jsonb_build_object('credential_id', p_id, 'name', v_name, 'key_id', p_key_id),
        interlock.now());
    return true;
end $$;
