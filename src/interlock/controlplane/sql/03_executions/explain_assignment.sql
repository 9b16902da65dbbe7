-- Why one open assignment is where it is. Caller: explain.
create function interlock.explain_assignment(
    p_assignment interlock.assignments, p_node interlock.nodes, p_execution interlock.executions, p_now timestamptz
) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    v_reason  text;
    v_message text;
    v_hint    text;
    v_until   timestamptz;
    v_details jsonb := '{}';
    v_found   record;
begin
    case p_assignment.status
    when 'holding' then
        select * into v_found
        from interlock.find_witnesses(p_assignment.execution_id, p_assignment.version_id, p_assignment.node_no, p_assignment.visit);
        select n.node_id as node_id, a.status as status into v_found
        from interlock.assignments a
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
        where a.execution_id = p_assignment.execution_id and a.id = v_found.witness_id;
        v_reason := 'holding';
        v_message := coalesce(format('The join waits for %s, which is %s and can still bring a token.', v_found.node_id, v_found.status),
            'The join holds, and nothing open can bring it a token: the next sweep lets it go.');
        v_details := jsonb_build_object('holding_for', v_found.node_id, 'tokens', (
            select count(*) from interlock.tokens t where t.execution_id = p_assignment.execution_id and t.join_node = p_assignment.node_no
                and t.visit = p_assignment.visit), 'connections', p_node.slot_count);
    when 'waiting' then
        v_reason := 'waiting_for_' || p_assignment.wait_for;
        v_until := p_assignment.due_at;
        v_message := case p_assignment.wait_for
            when 'order' then 'It is done, and leaves when an earlier visit of the same node has left.'
            when 'time' then format('It waits until %s.', p_assignment.due_at)
            else format('It waits for a %s%s.', p_assignment.wait_for, coalesce(format(', until %s', p_assignment.due_at), '')) end;
    when 'running' then
        select w.name, w.heartbeat_at, w.lease_seconds into v_found from interlock.workers w where w.id = p_assignment.worker_id;
        v_reason := 'running';
        v_until := p_assignment.due_at;
        v_message := format('The worker %s runs it since %s; its last heartbeat was %s ago.', coalesce(v_found.name, p_assignment.worker_id::text),
            p_assignment.started_at, date_trunc('second', greatest(p_now - v_found.heartbeat_at, interval '0')));
        v_details := jsonb_build_object('worker', v_found.name, 'heartbeat_at', v_found.heartbeat_at);
    when 'pending' then
        v_until := case when p_assignment.due_at > p_now and p_assignment.due_at < 'infinity' then p_assignment.due_at end;
        if p_assignment.suspended then
            v_reason := 'suspended';
            v_message := format('The execution was suspended by %s at %s.', p_execution.suspended_by, p_execution.suspended_at);
            v_hint := format('To go on: interlock executions continue %s', p_execution.id);
        elsif p_assignment.lock_key is not null and interlock.is_lock_held(p_assignment.lock_key, p_now) then
            select * into v_found from interlock.describe_holder(p_assignment.lock_key, p_now);
            v_reason := 'lock_held';
            v_message := format('The lock %s is held by %s.', p_assignment.lock_key, v_found.holder);
            v_hint := 'Wait until it is free, or cancel the execution that holds it.';
            v_until := v_found.expires_at;
            v_details := jsonb_build_object('lock', p_assignment.lock_key, 'holder', v_found.holder);
        elsif p_assignment.due_at > p_now and p_assignment.due_at < 'infinity' then
            v_reason := 'retry_at';
            v_message := format('Attempt %s begins at %s, after: %s', p_assignment.attempt, p_assignment.due_at,
                coalesce(p_assignment.error ->> 'message', 'an earlier attempt failed'));
            v_hint := p_assignment.error ->> 'hint';
        elsif p_assignment.queue is null then
            v_reason := 'virtual_user';
            v_message := case when p_node.by_cron
                then 'It waits for the sweep of its virtual user, which a cron calls.' else 'The next tick goes on with it.' end;
            v_hint := case when p_node.by_cron then 'Let a cron call interlock.workflow_route() and interlock.workflow_consensus().' end;
        elsif not exists (
            select from interlock.workers w
            where w.status = 'alive' and w.heartbeat_at >= p_now - make_interval(secs => w.lease_seconds) and p_assignment.queue = any (w.queues))
        then
            v_reason := 'no_worker';
            v_message := format('No worker is alive for the queue %s.', p_assignment.queue);
            v_hint := format('Start one: interlock worker --queue %s', p_assignment.queue);
            v_details := jsonb_build_object('queue', p_assignment.queue);
        else
            select count(*) as ahead into v_found
            from (
                select from interlock.assignments b
                where b.queue = p_assignment.queue and b.status = 'pending' and not b.suspended and b.lock_key is null and b.loss_count < 2
                    and b.due_at < p_assignment.due_at
                limit 10000
            ) b;
            v_reason := case when p_assignment.loss_count >= 2 then 'runs_alone' else 'queued' end;
            v_message := case when p_assignment.loss_count >= 2
                then 'It was lost with two workers already, and waits for one that has nothing else to run.'
                else format('It is queued in %s behind %s others.', p_assignment.queue, v_found.ahead) end;
            v_hint := case when p_assignment.loss_count >= 2
                then 'Look at the logs of the workers that were lost with it.'
                else format('If that takes too long, start another worker: interlock worker --queue %s', p_assignment.queue) end;
            v_details := jsonb_build_object('queue', p_assignment.queue, 'ahead', v_found.ahead);
        end if;
    end case;
    return jsonb_build_object('assignment_id', p_assignment.id, 'node_id', p_node.node_id, 'status', p_assignment.status, 'reason', v_reason,
        'message', v_message, 'hint', v_hint, 'until', v_until, 'details', v_details || jsonb_build_object('visit', p_assignment.visit, 'attempt', p_assignment.attempt));
end $$;
