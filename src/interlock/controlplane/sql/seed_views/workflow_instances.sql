-- Seed 002: workflows in progress about an account.
create view interlock.workflow_instances as
select e.id, e.subject as account_id, e.workflow_id, case when e.status in ('pending', 'running', 'waiting') then 'active' else e.status end as status,
       (select count(*)::integer from interlock.assignments a where a.execution_id = e.id and a.status = 'completed') as current_step,
       (select count(*)::integer from interlock.nodes n where n.version_id = e.version_id) as total_steps,
       e.input as account_data, e.context as execution_context, e.created_at, e.ended_at as completed_at,
       (select s.name from interlock.workspaces s where s.id = e.workspace_id) as workspace
from interlock.executions e;
