-- Returns an API key as people see it, with its user.
create function interlock.api_key_record(p_key interlock.api_keys) returns jsonb language sql stable set search_path = '' as $$
    select jsonb_build_object(
        'id', p_key.id, 'name', p_key.name, 'user_id', p_key.user_id,
        'user', (select u.email from interlock.users u where u.id = p_key.user_id), 'role', p_key.role, 'prefix', p_key.prefix,
        'created_at', p_key.created_at, 'expires_at', p_key.expires_at, 'last_used_at', p_key.last_used_at, 'revoked_at', p_key.revoked_at)
$$;
