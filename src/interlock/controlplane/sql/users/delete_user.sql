-- Deletes a person: their sessions end, their keys are revoked, and the email is free again. The row stays for the record of what they did.
-- Transition: deleted_at is set. Caller: an admin.
-- Locks:   the person and all admins. Errors: IL036 user_not_found, IL037 last_admin. A repeat is refused with IL036.
create function interlock.delete_user(p_user_id uuid, p_by text) returns jsonb language plpgsql set search_path = '' as $$
declare
    v_now  timestamptz := interlock.now();
    v_user interlock.users;
begin
    perform interlock.require_read_committed();
    perform interlock.lock_admins_and(p_user_id);
    v_user := interlock.lock_user(p_user_id);
    perform interlock.require_other_admin(v_user);
    update interlock.users u
    set deleted_at = v_now, disabled_at = coalesce(u.disabled_at, v_now), password_hash = null, must_change_password = false
    where u.id = p_user_id;
    delete from interlock.sessions s where s.user_id = p_user_id;
    update interlock.api_keys k set revoked_at = v_now where k.user_id = p_user_id and k.revoked_at is null;
    perform interlock.record_audit('delete_user', p_by, jsonb_build_object('user_id', p_user_id, 'email', v_user.email, 'role', v_user.role), v_now);
    return interlock.user_record(v_user);
end $$;
