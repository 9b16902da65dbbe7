-- Seeds 000 and 003: the subjects that workflows work on.
create view interlock.tasks as
select e.id, e.workflow_id, e.subject, e.input as data, e.status, e.created_at, e.ended_at as completed_at,
       (select s.name from interlock.workspaces s where s.id = e.workspace_id) as workspace
from interlock.executions e;
