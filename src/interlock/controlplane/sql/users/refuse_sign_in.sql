-- Writes a failed sign-in to the audit log. An email that belongs to nobody is not stored: it may be a password, typed into the wrong field.
-- Caller:  a sign-in. Locks: none. A repeat writes another entry.
create function interlock.refuse_sign_in(p_email text, p_remote text, p_reason text) returns void language plpgsql set search_path = '' as $$
begin
    perform interlock.require_read_committed();
    perform interlock.record_audit('sign_in_refused', coalesce((
            select u.email from interlock.users u where lower(u.email) = lower(p_email) and u.email = p_email and u.deleted_at is null), 'unknown'),
        jsonb_build_object('remote', p_remote, 'reason', p_reason), interlock.now());
end $$;
