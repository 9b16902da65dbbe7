-- Writes one entry to the audit log; no other function writes to it. Caller: every function that acts for a person, or by a policy.
-- p_by: the person or program that acts; null: the database role of the caller. The entry is of the workspace of the call, else of that of the execution;
-- of none, as a sign-in is, it is of the installation.
create function interlock.record_audit(p_action text, p_by text, p_details jsonb, p_now timestamptz, p_execution_id uuid default null) returns void
language plpgsql set search_path = '' as $$
begin
    insert into interlock.audit_log (at, actor, action, execution_id, details, workspace_id)
    values (p_now, coalesce(p_by, session_user), p_action, p_execution_id, coalesce(p_details, '{}'), coalesce(
        interlock.current_workspace(), (select e.workspace_id from interlock.executions e where e.id = p_execution_id)));
end $$;
