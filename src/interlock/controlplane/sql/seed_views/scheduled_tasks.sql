-- Seed 002: visits that continue at a given time.
create view interlock.scheduled_tasks as
select a.id as task_id, a.execution_id as workflow_instance_id, n.node_id as step_id, 'execute_workflow_step'::text as action,
       a.due_at as scheduled_for, a.status, jsonb_build_object('account_id', e.subject, 'step_id', n.node_id, 'step_config', n.parameters) as payload
from interlock.assignments a
join interlock.executions e on e.id = a.execution_id
join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
where a.status in ('pending', 'waiting') and a.due_at is not null;
