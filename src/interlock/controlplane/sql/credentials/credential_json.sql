-- Returns a credential as people may see it: everything but its values. Caller: the functions of this folder.
create function interlock.credential_json(p_credential interlock.credentials) returns jsonb language sql stable set search_path = '' as $$
    select jsonb_build_object('id', p_credential.id, 'name', p_credential.name, 'kind', p_credential.kind, 'description', p_credential.description,
        'field_names', p_credential.field_names, 'allowed_hosts', p_credential.allowed_hosts, 'revision', p_credential.revision, 'created_by', p_credential.created_by,
        'created_at', p_credential.created_at, 'updated_by', p_credential.updated_by, 'updated_at', p_credential.updated_at,
        'last_used_at', p_credential.last_used_at)
$$;
