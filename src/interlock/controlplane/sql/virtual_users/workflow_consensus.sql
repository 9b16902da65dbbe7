-- Runs the sweep of the virtual user CONSENSUS for workflows in cron mode. Named by seed 000; any cron may call it.
-- CONSENSUS decides joins; see workflow_consensus_holding, which is the same sweep.
create function interlock.workflow_consensus(p_limit integer default 500) returns integer language sql as $$
    select interlock.workflow_consensus_holding(p_limit)
$$;
