-- The sweep of the virtual user CONSENSUS for workflows in cron mode. Seed 000 names it; any cron may call it.
-- Joins are what it decides; see workflow_consensus_holding, which is the same sweep.
create function interlock.workflow_consensus(p_limit integer default 500) returns integer language sql as $$
    select interlock.workflow_consensus_holding(p_limit)
$$;
