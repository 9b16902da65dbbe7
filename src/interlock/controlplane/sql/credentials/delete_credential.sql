-- Deletes a credential. Nodes that name it fail from then on, once the workers' copies have expired (a few seconds).
-- Transition: a row -> none. Caller: the API. Locks: the row. Errors: IL040 credential_not_found, also on a repeat
-- and if it belongs to another workspace.
create function interlock.delete_credential(p_id uuid, p_by text) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_credential interlock.credentials;
begin
    perform interlock.require_read_committed();
    delete from interlock.credentials c where c.id = p_id and c.workspace_id = coalesce(interlock.current_workspace(), c.workspace_id)
    returning c.* into v_credential;
    if not found then
        perform interlock.raise_no_credential(p_id);
    end if;
    perform interlock.record_audit('delete_credential', p_by,
        jsonb_build_object('credential_id', p_id, 'name', v_credential.name, 'kind', v_credential.kind),
        interlock.now(), p_workspace_id => v_credential.workspace_id);
    return interlock.credential_json(v_credential);
end $$;
