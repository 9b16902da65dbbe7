-- Writes one line of the audit log: the only function that does. Caller: every function that does something by hand or by policy.
-- p_by: who did it; null: the database role that calls.
create function interlock.record_audit(p_action text, p_by text, p_details jsonb, p_now timestamptz, p_execution_id uuid default null) returns void
language plpgsql set search_path = '' as $$
begin
    insert into interlock.audit_log (at, actor, action, execution_id, details)
    values (p_now, coalesce(p_by, session_user), p_action, p_execution_id, coalesce(p_details, '{}'));
end $$;
