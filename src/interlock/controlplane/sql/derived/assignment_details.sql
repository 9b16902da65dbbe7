-- Shows assignments with their node, their actor, and their derived input and output.
create view interlock.assignment_details as
select a.execution_id, a.id, n.node_id, n.name, n.type, n.subtype, a.node_no, a.visit, a.attempt, a.loss_count, a.status, a.suspended,
       nullif(interlock.unscoped_name(a.queue), '') as queue,
       case
           when a.assigned_to is not null then person.name
           else coalesce(n.actor, worker.name)
       end as actor,
       coalesce(a.ports, '{main}') as ports, a.wait_for, a.due_at, a.error, a.previous_assignment_id, a.parent_assignment_id, interlock.unscoped_name(a.lock_key) as lock_key,
       coalesce(e.root_id, e.id) || ':' || n.node_id || ':' || a.visit as idempotency_key,
       interlock.input_of(a.execution_id, a.id) as input,
       case when a.status in ('completed', 'failed') and (a.error is null or a.output is not null or a.source_id is not null)
           then interlock.output_of(a.execution_id, a.id) end as output,
       a.created_at, a.started_at, a.ended_at, a.change_number
from interlock.assignments a
join interlock.executions e on e.id = a.execution_id
join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
left join interlock.workers worker on worker.id = a.worker_id
left join interlock.users person on person.id = a.assigned_to;
