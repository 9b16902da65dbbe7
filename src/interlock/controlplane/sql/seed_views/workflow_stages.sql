-- Seed 000: the stages of the current versions.
create view interlock.workflow_stages as
select w.id as workflow_id, n.node_id as id, n.name, n.type, n.subtype, n.parameters -> 'custom_config' as custom_config,
       (select t.node_id from interlock.connections c
        join interlock.nodes t on t.version_id = c.version_id and t.node_no = c.to_node
        where c.version_id = n.version_id and c.from_node = n.node_no and c.type = 'MAIN' and c.port not in ('error', 'false')
        order by c.connection_no limit 1) as on_success_stage_id,
       (select t.node_id from interlock.connections c
        join interlock.nodes t on t.version_id = c.version_id and t.node_no = c.to_node
        where c.version_id = n.version_id and c.from_node = n.node_no and c.type = 'MAIN' and c.port in ('error', 'false')
        order by c.connection_no limit 1) as on_failure_stage_id
from interlock.workflows w
join interlock.workflow_versions v on v.workflow_id = w.id and v.version = w.current_version
join interlock.nodes n on n.version_id = v.id;
