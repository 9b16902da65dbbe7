-- Seed 001: the state of each execution's nodes.
create view interlock.workflow_execution_states as
select a.execution_id, a.node_id, a.visit, a.status, a.input as input_data, a.output as output_data, a.error, a.started_at, a.ended_at
from interlock.assignment_details a;
