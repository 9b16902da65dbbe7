-- Writes one entry to the audit log; no other function writes to it. Caller: every function that acts for a person, or by a policy.
-- p_by: the person or program that acts; null: the database role of the caller.
-- p_workspace_id: the workspace of what was changed; null: that of the call, else that of the execution. An entry without one, as of a sign-in, is of the
-- installation.
create function interlock.record_audit(
    p_action text, p_by text, p_details jsonb, p_now timestamptz, p_execution_id uuid default null, p_workspace_id integer default null
) returns void
language plpgsql set search_path = '' as $$
begin
    insert into interlock.audit_log (at, actor, action, execution_id, details, workspace_id)
    values (p_now, coalesce(p_by, session_user), p_action, p_execution_id, coalesce(p_details, '{}'), coalesce(
        p_workspace_id, interlock.current_workspace(), (select e.workspace_id from interlock.executions e where e.id = p_execution_id)));
end $$;
