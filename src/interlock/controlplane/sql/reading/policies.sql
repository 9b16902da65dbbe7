-- What the role interlock_reader sees, with which the API reads: rows of the workspace that the transaction is limited to, and nothing without one. It is the
-- second wall: every statement has its own condition, too. The owner of the tables, who runs everything else, sees all. No policy names the role, so that
-- a dump can be restored where the role is missing. A row that belongs to a row of another table is seen where that one is.
-- The function is not called in a subquery: so the planner knows how many rows are of this workspace.
alter table interlock.workspaces enable row level security;
create policy own on interlock.workspaces for select using (id = interlock.current_workspace());

alter table interlock.workspace_members enable row level security;
create policy own on interlock.workspace_members for select using (workspace_id = interlock.current_workspace());

alter table interlock.users enable row level security;
create policy own on interlock.users for select
    using (is_system or exists (select from interlock.workspace_members m where m.user_id = users.id));

alter table interlock.sessions enable row level security;
create policy own on interlock.sessions for select using (workspace_id = interlock.current_workspace());

alter table interlock.api_keys enable row level security;
create policy own on interlock.api_keys for select using (workspace_id = interlock.current_workspace());

alter table interlock.workflows enable row level security;
create policy own on interlock.workflows for select using (workspace_id = interlock.current_workspace());

alter table interlock.workflow_versions enable row level security;
create policy own on interlock.workflow_versions for select
    using (exists (select from interlock.workflows w where w.id = workflow_versions.workflow_id));

alter table interlock.nodes enable row level security;
create policy own on interlock.nodes for select using (exists (select from interlock.workflow_versions v where v.id = nodes.version_id));

alter table interlock.connections enable row level security;
create policy own on interlock.connections for select using (exists (select from interlock.workflow_versions v where v.id = connections.version_id));

alter table interlock.plain_nodes enable row level security;
create policy own on interlock.plain_nodes for select using (exists (select from interlock.workflow_versions v where v.id = plain_nodes.version_id));

alter table interlock.joining_nodes enable row level security;
create policy own on interlock.joining_nodes for select using (exists (select from interlock.workflow_versions v where v.id = joining_nodes.version_id));

alter table interlock.reaches enable row level security;
create policy own on interlock.reaches for select using (exists (select from interlock.workflow_versions v where v.id = reaches.version_id));

alter table interlock.executions enable row level security;
create policy own on interlock.executions for select using (workspace_id = interlock.current_workspace());

alter table interlock.context_changes enable row level security;
create policy own on interlock.context_changes for select using (exists (select from interlock.executions e where e.id = context_changes.execution_id));

-- The key of a queue names the workspace: so counting what is due in one looks at no execution.
alter table interlock.assignments enable row level security;
create policy own on interlock.assignments for select using (case
    when queue <> '' then interlock.workspace_of(queue) = interlock.current_workspace()
    else exists (select from interlock.executions e where e.id = assignments.execution_id) end);

alter table interlock.tokens enable row level security;
create policy own on interlock.tokens for select using (exists (select from interlock.executions e where e.id = tokens.execution_id));

alter table interlock.assignment_attempts enable row level security;
create policy own on interlock.assignment_attempts for select
    using (exists (select from interlock.executions e where e.id = assignment_attempts.execution_id));

alter table interlock.workers enable row level security;
create policy own on interlock.workers for select
    using (workspaces is null and interlock.current_workspace() is not null or interlock.current_workspace() = any (workspaces));

alter table interlock.exchanges enable row level security;
create policy own on interlock.exchanges for select using (exists (select from interlock.workers w where w.id = exchanges.worker_id));

alter table interlock.revocations enable row level security;
create policy own on interlock.revocations for select using (exists (select from interlock.executions e where e.id = revocations.execution_id));

alter table interlock.queues enable row level security;
create policy own on interlock.queues for select using (workspace_id = interlock.current_workspace());

alter table interlock.locks enable row level security;
create policy own on interlock.locks for select
    using (lock_key = interlock.scoped_name(interlock.current_workspace(), interlock.unscoped_name(lock_key)));

alter table interlock.credentials enable row level security;
create policy own on interlock.credentials for select using (workspace_id = interlock.current_workspace());

-- An entry from before there were workspaces is of its execution's.
alter table interlock.audit_log enable row level security;
create policy own on interlock.audit_log for select using (
    workspace_id = interlock.current_workspace()
    or workspace_id is null and exists (select from interlock.executions e where e.id = audit_log.execution_id));
