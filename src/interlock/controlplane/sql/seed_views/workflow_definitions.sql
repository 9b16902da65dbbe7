-- Seed 002: templates of workflows.
create view interlock.workflow_definitions as
select w.id, w.name as type, w.name, v.version, v.definition -> 'nodes' as steps, v.definition as config, v.definition as workflow_data, v.tags,
       w.deleted_at is null as is_active, v.created_at, w.updated_at, (select s.name from interlock.workspaces s where s.id = w.workspace_id) as workspace
from interlock.workflows w
join interlock.workflow_versions v on v.workflow_id = w.id and v.version = w.current_version;
