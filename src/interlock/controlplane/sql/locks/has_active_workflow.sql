-- Returns whether an execution about this subject (seed 002: account_id) is open in the workspace of the call, in the first one if the call is not limited.
-- Caller: a client, over SQL. Changes nothing.
create function interlock.has_active_workflow(account_id text) returns boolean language sql stable as $$
    select exists (
        select from interlock.executions e
        where e.workspace_id = interlock.own_workspace() and e.subject = account_id and e.ended_at is null)
$$;
