-- Returns a credential without its values. Caller: the API. Changes nothing. Errors: IL040 credential_not_found, also if it belongs to
-- another workspace.
create function interlock.get_credential(p_id uuid) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    v_credential interlock.credentials;
begin
    select c.* into v_credential from interlock.credentials c
    where c.id = p_id and c.workspace_id = coalesce(interlock.current_workspace(), c.workspace_id);
    if not found then
        perform interlock.raise_no_credential(p_id);
    end if;
    return interlock.credential_json(v_credential);
end $$;
