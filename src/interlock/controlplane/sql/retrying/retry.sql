-- Retries what failed, or runs again from a node, as a new execution. Completed visits are taken over by reference; visits that the failure cancelled are
-- restored with their tokens and due times; visits that were done but had not left yet leave; failed visits begin anew with the same idempotency keys.
-- Transition: (new) execution -> running | waiting | paused | completed.
-- Caller:  an operator. A repeat creates another execution, unless it has the same idempotency key: then it returns the existing one.
-- Locks:   the old execution; its workspace against deletion; the key of its workflow's lock.
-- Errors:  IL001, IL013 bad_request (the key belongs to another execution), IL015 execution_not_ended, IL016 nothing_to_retry, IL017 lock_held,
--          IL018 version_incompatible, IL060 workspace_not_found: it was deleted, IL063 storage_full.
-- p_from_node: run again from its latest visit; left_out says what is left out. p_newest: use the workflow's current version.
create function interlock.retry(p_execution_id uuid, p_from_node text default null, p_newest boolean default false, p_by text default null,
    p_idempotency_key text default null, p_trace_parent text default null)
returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now        timestamptz := interlock.now();
    v_old        interlock.executions := interlock.lock_execution(p_execution_id);
    v_new        uuid := interlock.uuidv7();
    v_version_id integer := v_old.version_id;
    v_from       uuid[];                                                  -- the visit that p_from_node names
    v_again      uuid[];                                                  -- visits that begin anew
    v_dropped    uuid[] := '{}';                                          -- left out
    v_unsent     uuid[];                                                  -- were done when the execution ended, but had not left
    v_missing    text;
    v_known      interlock.executions;                                    -- created by an earlier call with the same key
    v_progress   interlock.progress;
begin
    if p_idempotency_key is not null then
        select * into v_known from interlock.executions e where e.workflow_id = v_old.workflow_id and e.idempotency_key = p_idempotency_key;
        if v_known.retried_from = p_execution_id then
            return jsonb_build_object('execution_id', v_known.id, 'created', false);
        end if;
    end if;
    if v_old.ended_at is null then
        perform interlock.raise_error('IL015', format('The execution %s is still %s.', p_execution_id, v_old.status),
            p_hint => 'Cancel it first, or wait for its end.');
    end if;
    if v_old.unsettled then
        perform interlock.raise_error('IL015', format('The execution %s has ended, and what was open in it is still being cancelled.', p_execution_id),
            p_hint => 'Try again in a second: ticks cancel the rest.');
    end if;
    if not p_newest and exists (select from interlock.workflow_versions v where v.id = v_old.version_id and v.swept_at is not null) then
        perform interlock.raise_error('IL018', format('The execution %s is a test run, and what it tested was removed.', p_execution_id),
            p_hint => 'Test the workflow again, or retry on its newest version.');
    end if;
    perform interlock.lock_workspace(v_old.workspace_id);
    perform interlock.require_space(v_old.workspace_id);
    if p_newest then
        select v.id into v_version_id
        from interlock.workflows w join interlock.workflow_versions v on v.workflow_id = w.id and v.version = w.current_version
        where w.id = v_old.workflow_id;
        if not found then
            perform interlock.raise_error('IL018', 'The workflow was never saved: it was only tested.', p_hint => 'Retry on the same version.');
        end if;
    end if;

    v_again := array(                                                     -- what failed, or was cancelled by hand, and no policy caught
        select a.id from interlock.assignments a
        where a.execution_id = p_execution_id and a.parent_assignment_id is null and a.output is null and a.source_id is null
            and (a.status = 'failed' or a.status = 'cancelled' and a.error ->> 'code' = 'cancelled'));
    if p_from_node is not null then
        v_from := array(
            select a.id from interlock.assignments a
            join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no and n.node_id = p_from_node
            where a.execution_id = p_execution_id and a.parent_assignment_id is null
            order by a.visit desc limit 1);
        v_dropped := interlock.left_out(p_execution_id, v_from[1], v_version_id);
        v_again := v_from || array(select x from unnest(v_again) x where x <> all (v_dropped || v_from));
    end if;
    if p_from_node is not null and cardinality(v_from) = 0 or p_from_node is null and (v_old.status = 'completed'
            or cardinality(v_again) = 0 and not exists (
                select from interlock.assignments a
                where a.execution_id = p_execution_id and a.status = 'cancelled' and a.error ->> 'code' = 'execution_ended')) then
        perform interlock.raise_error('IL016', case when p_from_node is null
                then format('Nothing failed in the execution %s.', p_execution_id)
                else format('The node %s was not visited by the execution %s.', p_from_node, p_execution_id) end,
            p_hint => 'Name a node that it has visited, to run again from there.');
    end if;

    if v_version_id <> v_old.version_id then
        v_missing := interlock.missing_in_version(p_execution_id, v_version_id, v_dropped);
        if v_missing is not null then
            perform interlock.raise_error('IL018', format('The newest version lacks %s, which this execution has used.', v_missing),
                p_hint => 'Retry on the same version, or run again from a node before them.');
        end if;
    end if;
    if v_old.lock_key is not null and not interlock.may_hold_lock(v_old.lock_key, v_new, v_new, v_now) then
        perform interlock.raise_error('IL017', format('The lock %s is held.', interlock.unscoped_name(v_old.lock_key)), p_hint => 'Try again when it is free.');
    end if;

    insert into interlock.executions (id, version_id, workflow_id, status, input, subject, idempotency_key, lock_key, root_id,
        retried_from, trace_parent, last_waited_at, created_at, started_at, deadline_at, change_number, workspace_id, test)
    select v_new, v_version_id, v_old.workflow_id, 'pending', v_old.input, v_old.subject,
           p_idempotency_key, v_old.lock_key, coalesce(v_old.root_id, v_old.id), v_old.id, left(p_trace_parent, 55), v_now, v_now, v_now,
           v_now + make_interval(secs => v.timeout_seconds), nextval('interlock.change_numbers'), v_old.workspace_id, v_old.test
    from interlock.workflow_versions v where v.id = v_version_id
    on conflict (workflow_id, idempotency_key) where idempotency_key is not null do nothing;
    if not found then
        perform interlock.raise_error('IL013', format('The idempotency key %s belongs to an execution that is no retry of this one.', p_idempotency_key),
            p_hint => 'Choose another key.');
    end if;
    perform interlock.take_over(v_old.id, v_new, v_version_id, v_again, v_dropped, v_now);
    if cardinality(v_from) > 0 and (interlock.traits_of(array[v_new])).has_counts then
        perform interlock.mark_again(v_new, v_version_id, v_from[1], v_dropped);
    end if;
    perform interlock.record_audit('retry', p_by,
        jsonb_build_object('retried_from', v_old.id, 'from_node', p_from_node, 'newest', p_newest),
        v_now, v_new);

    v_unsent := interlock.unsent_assignments(v_old.id, v_again || v_dropped);
    if v_version_id <> v_old.version_id then
        v_missing := interlock.visited_again(v_new, v_version_id, v_unsent);
        if v_missing is not null then
            perform interlock.raise_error('IL018', format('The newest version leads to %s, which this execution has already visited.', v_missing),
                p_hint => 'Retry on the same version, or run again from a node before them.');
        end if;
    end if;
    v_progress := interlock.advance(array[v_new], row((
            select array_agg(row(v_new, a.id, a.version_id, a.node_no, a.ports, a.late_for, a.source_execution_id, a.source_id)::interlock.departure
                       order by u.ord)
            from unnest(v_unsent) with ordinality u (id, ord)
            join interlock.assignments a on a.execution_id = v_new and a.id = u.id), null, null, null, null, null, null)::interlock.wave, interlock.traits_of(array[v_new]), null,
        v_now);
    perform interlock.wake_workers(array(
        select distinct a.queue from interlock.assignments a where a.execution_id = v_new and a.status = 'pending'));
    return jsonb_build_object('execution_id', v_new, 'created', true);
end $$;
