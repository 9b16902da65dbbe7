-- Shows executions with their workflow and version, and their result.
create view interlock.execution_details as
select e.id, w.name as workflow, v.version, e.version_id, e.workflow_id, e.status, e.subject, e.input, interlock.execution_output(e.id) as output,
       e.context, e.context_revision, e.error, end_node.node_id as end_node_id, e.suspended_at, e.suspended_by, e.retried_from,
       coalesce(e.root_id, e.id) as root_id, interlock.unscoped_name(e.lock_key) as lock_key, e.idempotency_key, e.created_at, e.started_at, e.ended_at, e.deadline_at,
       e.ended_at - e.started_at as duration, e.change_number
from interlock.executions e
join interlock.workflow_versions v on v.id = e.version_id
join interlock.workflows w on w.id = e.workflow_id
left join interlock.assignments ending on ending.execution_id = e.id and ending.id = e.end_id
left join interlock.nodes end_node on end_node.version_id = ending.version_id and end_node.node_no = ending.node_no;
