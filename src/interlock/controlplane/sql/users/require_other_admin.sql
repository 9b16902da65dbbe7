-- Raises IL037 last_admin if this person is the last admin who can sign in. The caller has locked all admins with lock_admins_and.
create function interlock.require_other_admin(p_user interlock.users) returns void language plpgsql set search_path = '' as $$
begin
    if p_user.role = 'admin' and p_user.disabled_at is null and not exists (
        select from interlock.users u
        where u.role = 'admin' and u.disabled_at is null and u.deleted_at is null and u.id <> p_user.id
          and (u.password_hash is not null or u.external_id is not null)) then
        perform interlock.raise_error('IL037', format('%s is the last admin.', p_user.email), p_hint => 'Make another user an admin first.');
    end if;
end $$;
