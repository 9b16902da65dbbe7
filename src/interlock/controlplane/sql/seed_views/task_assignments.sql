-- Seed 000: the chain of assignments.
create view interlock.task_assignments as
select a.id, a.execution_id as task_id, n.node_id as stage_id, upper(a.status) as status,
       coalesce(a.assigned_to, (select u.id from interlock.users u where u.is_system and u.name = n.actor)) as assigned_to,
       a.previous_assignment_id as previous_task_assignment_id, a.created_at, a.started_at, a.ended_at as completed_at
from interlock.assignments a
join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no;
