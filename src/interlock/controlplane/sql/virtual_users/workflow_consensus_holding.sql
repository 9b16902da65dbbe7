-- Runs the sweep of the virtual user CONSENSUS over joins that hold, for workflows in cron mode. Named by seed 000; any cron may call it.
-- Transition: holding -> pending | running | waiting | completed | failed. Caller: cron, workflow_consensus.
-- Locks:   the executions, skip locked. A repeat does what is left. Returns how many executions it looked at.
create function interlock.workflow_consensus_holding(p_limit integer default 500) returns integer
language plpgsql set search_path = '' as $$
declare
    v_now        timestamptz := interlock.now();
    v_executions uuid[];
    v_progress   interlock.progress;
begin
    perform interlock.tick(p_limit);
    v_executions := array(
        select distinct a.execution_id
        from interlock.assignments a
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no and n.by_cron
        where a.status = 'holding'
        limit p_limit);
    if interlock.may_look_around('holding', cardinality(v_executions), p_limit) then
        v_executions := v_executions || interlock.find_holding_around(p_limit);
    end if;
    v_executions := (interlock.lock_executions(v_executions, '{}')).locked;
    if cardinality(v_executions) > 0 then
        v_progress := interlock.advance(v_executions, null, interlock.traits_of(v_executions), null, v_now, true);
        perform interlock.wake_workers(v_progress.pending_queues);
    end if;
    return cardinality(v_executions);
end $$;
