-- Explains why a visit is still pending. Caller: explain_assignment. Changes nothing.
create function interlock.explain_pending(
    p_assignment interlock.assignments, p_node interlock.nodes, p_execution interlock.executions, p_now timestamptz,
    out reason text, out message text, out hint text, out until timestamptz, out details jsonb
)
language plpgsql stable set search_path = '' as $$
declare
    v_holder record;
    v_ahead  integer;
    v_limit  record;
    v_queue  text := interlock.unscoped_name(p_assignment.queue);
    v_lock   text := interlock.unscoped_name(p_assignment.lock_key);
begin
    details := '{}';
    until := case when p_assignment.due_at > p_now and p_assignment.due_at < 'infinity' then p_assignment.due_at end;
    if p_assignment.suspended then
        reason := 'suspended';
        message := format('The execution was suspended by %s at %s.', p_execution.suspended_by, interlock.utc_text(p_execution.suspended_at));
        hint := format('To go on: interlock executions continue %s', p_execution.id);
    elsif p_assignment.lock_key is not null and interlock.is_lock_held(p_assignment.lock_key, p_now) then
        select * into v_holder from interlock.describe_holder(p_assignment.lock_key, p_now);
        reason := 'lock_held';
        message := format('The lock %s is held by %s.', v_lock, v_holder.holder);
        hint := 'Wait until it is free, or cancel the execution that holds it.';
        until := v_holder.expires_at;
        details := jsonb_build_object('lock', v_lock, 'holder', v_holder.holder);
    elsif p_assignment.due_at > p_now and p_assignment.due_at < 'infinity' then
        reason := 'retry_at';
        message := format('Attempt %s begins at %s, after: %s', p_assignment.attempt, interlock.utc_text(p_assignment.due_at),
            coalesce(p_assignment.error ->> 'message', 'an earlier attempt failed'));
        hint := p_assignment.error ->> 'hint';
    elsif p_assignment.queue is null then
        reason := 'virtual_user';
        message := 'The next tick goes on with it.';
    elsif p_assignment.queue = '' then
        reason := 'virtual_user';
        message := 'It waits for the sweep of its virtual user, which a cron calls.';
        hint := format('Let a cron call: select interlock.workflow_%s()', coalesce(p_node.swept_by, 'route'));
    elsif not exists (
        select from interlock.workers w
        where w.status = 'alive' and w.heartbeat_at >= p_now - make_interval(secs => w.lease_seconds) and p_assignment.queue = any (coalesce(w.queue_keys, w.queues)))
    then
        reason := 'no_worker';
        message := format('No worker is alive for the queue %s.', v_queue);
        hint := format('Start one: interlock worker --queue %s', v_queue);
        details := jsonb_build_object('queue', v_queue);
    elsif p_assignment.requires is not null and not exists (
        select from interlock.workers w
        where w.status = 'alive' and w.heartbeat_at >= p_now - make_interval(secs => w.lease_seconds) and p_assignment.queue = any (coalesce(w.queue_keys, w.queues))
            and p_assignment.requires = any (w.node_types))
    then
        reason := 'no_capable_worker';
        message := coalesce(p_assignment.error ->> 'message',
            format('No worker of the queue %s has the node type %s.', v_queue, p_assignment.requires));
        hint := coalesce(p_assignment.error ->> 'hint', 'Install the package of this node type where these workers run, and start them again.');
        details := jsonb_build_object('queue', v_queue, 'requires', p_assignment.requires);
    else
        select count(*) into v_ahead
        from (
            select from interlock.claimable_assignments b
            where b.queue = p_assignment.queue and b.due_at < p_assignment.due_at
            limit 10000
        ) b;
        details := jsonb_build_object('queue', v_queue, 'ahead', v_ahead);
        select w.max_running, interlock.running_count(w.id) as running into v_limit
        from interlock.workspaces w
        where left(p_assignment.queue, 1) = '#' and w.id = interlock.workspace_of(p_assignment.queue) and w.max_running is not null;
        if v_limit.running >= v_limit.max_running then
            reason := 'workspace_full';
            message := format('The workspace has %s of %s assignments running.', v_limit.running, v_limit.max_running);
            hint := 'Wait until some of them end, or let an admin of the workspace default raise the limit.';
            details := details || jsonb_build_object('running', v_limit.running, 'max_running', v_limit.max_running);
        elsif p_assignment.loss_count >= 2 then
            reason := 'runs_alone';
            message := 'It was lost with two workers already, and waits for a worker that has nothing else to run.';
            hint := 'Look at the logs of the two workers that were lost with it.';
        else
            reason := 'queued';
            message := format('It is queued in %s behind %s others.', v_queue, v_ahead);
            hint := format('Start more workers for the queue %s if this takes too long: interlock worker --queue %s', v_queue, v_queue);
        end if;
    end if;
end $$;
