-- Returns a person as people see them, without secrets and without a role, which is of a workspace.
create function interlock.person_record(p_user interlock.users) returns jsonb language sql stable set search_path = '' as $$
    select jsonb_build_object(
        'id', p_user.id, 'email', p_user.email, 'name', p_user.name, 'disabled', p_user.disabled_at is not null,
        'must_change_password', p_user.must_change_password, 'external_id', p_user.external_id, 'created_at', p_user.created_at,
        'last_seen_at', p_user.last_seen_at)
$$;
