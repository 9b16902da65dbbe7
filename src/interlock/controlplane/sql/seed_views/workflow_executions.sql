-- Seeds 001 and 004: executions with everything that happened in them.
create view interlock.workflow_executions as
select e.id as execution_id, e.id, e.workflow_id, case e.status when 'pending' then 'NEW' else upper(e.status) end as status,
       (select n.node_id from interlock.assignments a
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
        where a.execution_id = e.id and a.status in ('pending', 'running', 'waiting')
        order by a.change_number desc limit 1) as current_node_id,
       interlock.run_data(e.id) as run_data,
       case when e.status = 'paused' then (
           select jsonb_build_object('execution_id', e.id, 'workflow_id', e.workflow_id, 'paused_at', a.started_at, 'paused_node_id', n.node_id,
               'pause_reason', 'human_interaction', 'timeout_at', a.due_at)
           from interlock.assignments a
           join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
           where a.execution_id = e.id and a.status = 'waiting' and a.wait_for = 'person'
           order by a.started_at limit 1) end as pause_data,
       (select max(a.started_at) from interlock.assignments a
        where a.execution_id = e.id and a.status = 'waiting' and a.wait_for = 'person') as paused_at,
       e.input as initial_data, e.error, e.created_at, e.started_at as start_time, e.ended_at as end_time,
       (select s.name from interlock.workspaces s where s.id = e.workspace_id) as workspace
from interlock.executions e;
