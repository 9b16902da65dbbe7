-- Functions and views that changed; what follows is the tree's text.
set check_function_bodies = off;
-- Returns a time as people and programs read it: UTC, with microseconds and a Z, whatever zone and form the session writes times in; or infinity.
-- Every time inside a text, or inside a JSON value that an answer returns as it is, is written by it. Python: utc_text in interlock/clock.py.
create function interlock.utc_text(p_at timestamptz) returns text language sql stable as $$
    select case when pg_catalog.isfinite(p_at) then pg_catalog.to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') else p_at::text end
$$;

-- Refuses what would store more in a workspace that stores as much as its limit allows, as it was measured last.
-- Caller:  what starts executions and saves definitions. Locks: none. Errors: IL063 storage_full.
create or replace function interlock.require_space(p_workspace_id integer) returns void language plpgsql set search_path = '' as $$
declare
    v_full interlock.workspaces;
begin
    select w.* into v_full from interlock.workspaces w where w.id = p_workspace_id and w.stored_bytes >= w.max_stored_bytes;
    if found then
        perform interlock.raise_error('IL063',
            format('The workspace %s stores %s, and its limit is %s: it starts no executions and saves no definitions.',
                v_full.name, pg_size_pretty(v_full.stored_bytes), pg_size_pretty(v_full.max_stored_bytes)),
            'stored_bytes',
            format('An admin of the installation can raise the limit, and the owner of the database can delete executions that ended. It is measured every '
                'minute, and was at %s.', interlock.utc_text(date_trunc('second', v_full.stored_measured_at))));
    end if;
end $$;

-- Creates an API key for a person, in the workspace of the call, else in the first one. A key that was created with another key ends when that one does. Caller: the person; the API has checked the role.
-- Locks:   the person. Errors: IL036 user_not_found, IL038 api_key_not_found (the key of the request was revoked, or is of another workspace), IL013 at 200 valid keys.
-- A repeat creates another key.
create or replace function interlock.create_api_key(
    p_user_id uuid, p_made_by_key uuid, p_name text, p_prefix text, p_key_hash bytea, p_role text, p_days integer, p_by text) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now       timestamptz := interlock.now();
    v_workspace integer := interlock.own_workspace();
    v_maker     interlock.api_keys;
    v_key       interlock.api_keys;
begin
    perform interlock.require_read_committed();
    perform interlock.lock_user(p_user_id);
    select k.* into v_maker from interlock.api_keys k where k.id = p_made_by_key and k.workspace_id = v_workspace and k.revoked_at is null;
    if p_made_by_key is not null and v_maker.id is null then
        perform interlock.raise_error('IL038', 'The API key of this request was revoked.');
    end if;
    if (select count(*) from interlock.api_keys k
        where k.user_id = p_user_id and k.workspace_id = v_workspace and k.revoked_at is null and (k.expires_at is null or k.expires_at > v_now)) >= 200 then
        perform interlock.raise_error('IL013', 'This user already has 200 valid API keys.', p_hint => 'Revoke the keys that are not used.');
    end if;
    insert into interlock.api_keys (id, user_id, made_by_key, name, prefix, key_hash, role, created_at, expires_at, workspace_id)
    values (interlock.uuidv7(), p_user_id, p_made_by_key, p_name, p_prefix, p_key_hash, p_role, v_now,
            least(v_now + make_interval(days => p_days), v_maker.expires_at), v_workspace)
    returning * into v_key;
    perform interlock.record_audit('create_api_key', p_by,
        jsonb_build_object('api_key_id', v_key.id, 'prefix', p_prefix, 'role', p_role, 'expires_at', interlock.utc_text(v_key.expires_at)),
        v_now, p_workspace_id => v_workspace);
    return interlock.api_key_record(v_key);
end $$;

-- Returns what expressions see as `execution`.
create or replace function interlock.execution_scope(p_execution_id uuid) returns jsonb language plpgsql stable set search_path = '' as $$
begin
    return (
        select pg_catalog.jsonb_build_object('id', e.id, 'workflow', w.name, 'version', v.version,
            'started_at', interlock.utc_text(e.started_at))
        from interlock.executions e
        join interlock.workflow_versions v on v.id = e.version_id
        join interlock.workflows w on w.id = e.workflow_id
        where e.id = p_execution_id);
end $$;

-- Writes how visits end, are parked, or return to their queue; no other function does.
-- Transition: running -> completed | failed | waiting | pending; waiting -> completed | failed; any open status -> cancelled.
-- Caller:  record_results, finish_due, cancel_assignments, cancel_assignment, give_up_worker, fail_doomed, release_ordered; with the locks of the executions.
-- Errors:  none of its own. Leaves out an ending whose visit is no longer what it was, so a repeat changes nothing.
-- Returns the positions in p_endings of the endings that were written, and the wave that follows. Visits of ordered nodes that are parked behind an earlier
-- one are among those that leave: release_ordered decides when.
-- p_revokes: workers that run one of these visits learn it from their next heartbeat.
create or replace function interlock.finish(
    p_endings interlock.ending[], p_revokes boolean, p_now timestamptz, out wave interlock.wave, out written bigint[]
)
language plpgsql set search_path = '' as $$
declare
    c_open constant text[] := '{holding,pending,running,waiting}';
begin
    if p_revokes then
        insert into interlock.revocations (worker_id, execution_id, assignment_id, attempt)
        select a.worker_id, a.execution_id, a.id, a.attempt
        from unnest(p_endings) f
        join interlock.assignments a on a.execution_id = f.execution_id and a.id = f.id and a.status = any (array['running'])
        join interlock.workers w on w.id = a.worker_id and w.status = 'alive'
        on conflict do nothing;
    end if;

    with finished as (
        update interlock.assignments a
        set status = case when f.leaves and a.ordered and a.parent_assignment_id is null and f.was <> 'order' and interlock.has_earlier_open_visit(a.execution_id, a.node_no, a.visit)
                then 'waiting' else f.outcome end,
            wait_for = case
                when f.leaves and a.ordered and a.parent_assignment_id is null and f.was <> 'order' and interlock.has_earlier_open_visit(a.execution_id, a.node_no, a.visit) then 'order'
                when f.outcome = 'waiting' then f.wait_for end,
            ended_at = case when f.outcome in ('completed', 'failed', 'cancelled') and not (
                f.leaves and a.ordered and a.parent_assignment_id is null and f.was <> 'order' and interlock.has_earlier_open_visit(a.execution_id, a.node_no, a.visit)) then p_now end,
            output = case
                when f.outcome = 'completed' then coalesce(f.output, a.output)
                when f.outcome = 'waiting' then coalesce(f.output, a.output, case when f.was = 'running' then interlock.input_of(a.execution_id, a.id) end)
                -- an error that is caught goes on as the output; a visit that was parked has its output already
                when f.leaves then coalesce(f.output, case when f.was in ('order', 'turn') then a.output end, jsonb_build_object('error', f.error))
                when f.outcome = 'cancelled' and not f.ends_execution then a.output end,
            source_execution_id = case when f.output is null and (f.outcome = 'pending' or f.outcome = 'cancelled' and not f.leaves and not f.ends_execution
                or f.was <> 'running' and f.outcome in ('completed', 'waiting')) then a.source_execution_id end,
            source_id = case when f.output is null and (f.outcome = 'pending' or f.outcome = 'cancelled' and not f.leaves and not f.ends_execution
                or f.was <> 'running' and f.outcome in ('completed', 'waiting')) then a.source_id end,
            ports = case when f.outcome in ('completed', 'waiting', 'cancelled') or f.leaves then coalesce(f.ports, a.ports) end,
            -- the error keeps what a retry restores
            error = case when f.outcome = 'cancelled' and f.was = 'open'
                then f.error || jsonb_build_object('was', a.status, 'due_at', interlock.utc_text(a.due_at), 'wait_for', a.wait_for, 'error', a.error)
                else f.error end,
            due_at = f.due_at,
            worker_id = case when f.outcome <> 'pending' then a.worker_id end,
            attempt = a.attempt + coalesce(f.retries, 0),
            loss_count = a.loss_count + coalesce(f.losses, 0),
            requires = case when f.outcome = 'pending' then coalesce(f.requires, a.requires) end,
            suspended = f.outcome = 'pending' and (select e.suspended_at is not null from interlock.executions e where e.id = a.execution_id),
            change_number = nextval('interlock.change_numbers')
        from unnest(p_endings) with ordinality f (execution_id, id, was, outcome, worker_id, attempt, output, ports, error, context, due_at, wait_for,
            retries, losses, requires, leaves, ends_execution, tries, ord)
        where a.execution_id = f.execution_id and a.id = f.id and a.status = any (c_open)
            and case f.was
                when 'running' then a.status = 'running' and (f.worker_id is null or a.worker_id = f.worker_id) and (f.attempt is null or a.attempt = f.attempt)
                when 'open' then true
                when 'waiting' then a.status = 'waiting' and a.wait_for not in ('order', 'turn')
                else a.wait_for = f.was end
        returning f.ord, f.was, f.ends_execution, f.error, f.context, a.execution_id, a.id, a.version_id, a.node_no, a.status, a.queue, a.ports, a.late_for,
                  a.source_execution_id, a.source_id,
                  -- a visit that belongs to another delivers no tokens
                  f.leaves and a.parent_assignment_id is null as leaves
    )
    select array_agg(x.ord),
           array_agg(row(x.execution_id, x.id, x.version_id, x.node_no, x.ports, x.late_for, x.source_execution_id,
               x.source_id)::interlock.departure) filter (where x.leaves),
           array_agg(row(x.execution_id, 'failed', x.id, x.error)::interlock.ended_execution)
               filter (where x.ends_execution and x.status in ('failed', 'cancelled')),
           array_agg(row(x.execution_id, x.id, x.context)::interlock.context_change) filter (where x.context is not null),
           array_agg(x.queue) filter (where x.status = 'pending'),
           array_agg(x.execution_id) filter (where x.was = 'waiting')
    into written, wave.leaving, wave.ended, wave.context_changes, wave.pending_queues, wave.waited
    from (select c.* from finished c order by c.ord) x;
end $$;

-- Explains why an execution is not moving: one reason for each of its open visits, and one for the execution if it has ended or is suspended.
-- Changes nothing. Errors: IL001. p_limit: maximum number of open visits, oldest first; null: all.
-- A reason has assignment_id, node_id, status, reason, message, hint (what to do; null: nothing), until and details.
create or replace function interlock.explain(p_execution_id uuid, p_limit integer default null) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    v_now       timestamptz := interlock.now();
    v_execution interlock.executions;
    v_reasons   jsonb;
begin
    select * into v_execution from interlock.executions e
    where e.id = p_execution_id and e.workspace_id = coalesce(interlock.current_workspace(), e.workspace_id);
    if not found then
        perform interlock.raise_error('IL001', format('There is no execution %s.', p_execution_id));
    end if;
    if v_execution.ended_at is not null then
        return jsonb_build_array(jsonb_build_object('assignment_id', null, 'node_id', null, 'status', v_execution.status, 'reason', 'ended',
            'message', format('The execution %s%s', case v_execution.status when 'cancelled' then 'was cancelled' when 'timed_out' then 'has timed out'
                else 'has ' || v_execution.status end, coalesce(': ' || (v_execution.error ->> 'message'), '.')),
            'hint', v_execution.error ->> 'hint', 'until', null, 'details', coalesce(v_execution.error, '{}')));
    end if;
    select jsonb_agg(interlock.explain_assignment(a, n, v_execution, v_now) order by (a).created_at, (a).node_no, (a).visit) into v_reasons
    from (
        select a, n
        from interlock.assignments a
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
        where a.execution_id = p_execution_id and a.ended_at is null
        order by a.created_at, a.node_no, a.visit limit p_limit
    ) x;
    if v_execution.suspended_at is not null then
        v_reasons := jsonb_build_array(jsonb_build_object('assignment_id', null, 'node_id', null, 'status', v_execution.status,
            'reason', 'suspended', 'message', format('The execution was suspended by %s at %s.', v_execution.suspended_by,
                interlock.utc_text(v_execution.suspended_at)),
            'hint', format('To go on: interlock executions continue %s', p_execution_id), 'until', null, 'details', '{}'::jsonb))
            || coalesce(v_reasons, '[]');
    elsif v_execution.unsettled then
        v_reasons := jsonb_build_array(jsonb_build_object('assignment_id', null, 'node_id', null, 'status', v_execution.status,
            'reason', 'continues_next', 'message', 'The execution did as much as one transaction may; the next tick goes on with it.',
            'hint', null, 'until', null, 'details', '{}'::jsonb)) || coalesce(v_reasons, '[]');
    end if;
    return coalesce(v_reasons, '[]');
end $$;

-- Explains why one open visit is not moving. Caller: explain. Changes nothing.
create or replace function interlock.explain_assignment(
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
        v_reason := case p_assignment.wait_for when 'turn' then 'continues_next' else 'waiting_for_' || p_assignment.wait_for end;
        v_until := case when p_assignment.wait_for <> 'turn' then p_assignment.due_at end;
        v_message := case p_assignment.wait_for
            when 'order' then 'It is done, and leaves when an earlier visit of the same node has left.'
            when 'turn' then 'It is done. The execution did as much as one transaction may, and goes on with the next tick.'
            when 'time' then format('It waits until %s.', interlock.utc_text(p_assignment.due_at))
            else format('It waits for a %s%s.', p_assignment.wait_for, coalesce(', until ' || interlock.utc_text(p_assignment.due_at), '')) end;
    when 'running' then
        select w.name, w.heartbeat_at, w.lease_seconds into v_found from interlock.workers w where w.id = p_assignment.worker_id;
        v_reason := 'running';
        v_until := p_assignment.due_at;
        v_message := format('The worker %s runs it since %s; its last heartbeat was %s ago.', coalesce(v_found.name, p_assignment.worker_id::text),
            interlock.utc_text(p_assignment.started_at), date_trunc('second', greatest(p_now - v_found.heartbeat_at, interval '0')));
        v_details := jsonb_build_object('worker', v_found.name, 'heartbeat_at', interlock.utc_text(v_found.heartbeat_at));
    when 'pending' then
        select * into v_found from interlock.explain_pending(p_assignment, p_node, p_execution, p_now);
        v_reason := v_found.reason;
        v_message := v_found.message;
        v_hint := v_found.hint;
        v_until := v_found.until;
        v_details := v_found.details;
    end case;
    -- A loop in which nothing waits: max_visits ends it, later.
    if p_assignment.visits_since_wait >= 1000 then
        v_message := v_message || format(' It is visit %s of this node since something in the execution last waited.', p_assignment.visits_since_wait);
        v_hint := format('If this loop should have ended, cancel the execution: interlock executions cancel %s', p_assignment.execution_id);
    end if;
    return jsonb_build_object('assignment_id', p_assignment.id, 'node_id', p_node.node_id, 'status', p_assignment.status, 'reason', v_reason,
        'message', v_message, 'hint', v_hint, 'until', v_until,
        'details', v_details || jsonb_build_object('visit', p_assignment.visit, 'attempt', p_assignment.attempt));
end $$;

-- Explains why a visit is still pending. Caller: explain_assignment. Changes nothing.
create or replace function interlock.explain_pending(
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

-- Sets how PostgreSQL plans the functions that clients call. The tables are empty and were never analysed when the first plans are made and kept, so these
-- settings tell the planner what holds at any size: every row is found by its key, one after another, in the order in which the joins are written.
do $body$
declare
    v_function regprocedure;
begin
    for v_function in
        select p.oid::regprocedure
        from pg_catalog.pg_proc p
        where p.pronamespace = 'interlock'::regnamespace and p.proname in (
            'exchange', 'start_executions', 'tick', 'cancel', 'cancel_assignment', 'suspend', 'continue', 'retry', 'explain', 'register_worker',
            'stop_worker', 'acquire_workflow_lock', 'release_workflow_lock', 'workflow_start', 'workflow_route', 'workflow_consensus_holding',
            'list_executions', 'count_executions', 'get_offer', 'measure_workspaces')
    loop
        execute pg_catalog.format('alter function %s set jit = off set plan_cache_mode = force_generic_plan set join_collapse_limit = 1
            set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_bitmapscan = off
            set enable_memoize = off set enable_material = off', v_function);
    end loop;
end $body$;

-- Only the owner may call the functions until somebody grants the right to another role.
select interlock.guard_transitions();
select interlock.make_resolver();
revoke execute on all functions in schema interlock from public;
revoke all on all tables in schema interlock from public;
-- Views are read with the rights of who asks.
do $body$
declare
    v_view regclass;
begin
    for v_view in
        select c.oid from pg_catalog.pg_class c
        where c.relnamespace = 'interlock'::regnamespace and c.relkind = 'v' and not coalesce('security_invoker=true' = any (c.reloptions), false)
    loop
        execute pg_catalog.format('alter view %s set (security_invoker = true)', v_view);
    end loop;
end $body$;
select interlock.give_rights();
