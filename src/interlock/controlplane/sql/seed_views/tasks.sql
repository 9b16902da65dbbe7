-- Seeds 000 and 003: the subjects that workflows work on.
create view interlock.tasks as
select e.id, e.workflow_id, e.subject, e.input as data, e.status, e.created_at, e.ended_at as completed_at
from interlock.executions e;
