-- Starts a test run: an execution of a definition that need not be saved, or of a part of it. What it runs is kept as a version without a number. Visits that
-- are taken over are there from the beginning: outputs of an earlier execution by reference, as retry does it, pinned ones with their value.
-- Transition: (new) version of the kind test; (new) execution -> running | waiting | completed | failed.
-- Caller:  the API, which has compiled the part that runs. A repeat starts another one.
-- Locks:   the workspace against deletion; the rows that it inserts.
-- Errors:  IL001 execution_not_found: no execution of this workspace has the outputs, IL005 workflow_not_found, IL014 definition_not_compiled,
--          IL060 workspace_not_found, IL063 storage_full.
-- p_workflow_id: null: a definition that was never saved. It gets a workflow that is deleted from the beginning, so that nothing lists or starts it.
-- p_test: what part runs, for people. p_trigger: the trigger that begins; null: none does.
-- p_taken: [{"node_id", "output"} for what is pinned, {"node_id", "assignment_id"} for a visit of p_from_execution].
-- p_feeds: the numbers of the connections over which what is taken over brings a token.
create function interlock.start_test_run(
    p_workflow_id uuid, p_name text, p_definition jsonb, p_compiled jsonb, p_checksum text, p_test jsonb, p_input jsonb, p_subject text, p_trigger text,
    p_taken jsonb, p_feeds integer[], p_from_execution uuid, p_by text, p_trace_parent text
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now       timestamptz := interlock.now();
    v_workspace integer := interlock.own_workspace();
    v_workflow  uuid := p_workflow_id;
    v_id        uuid := interlock.uuidv7();
    v_traits    interlock.traits;
    v_wave      interlock.wave;
    v_progress  interlock.progress;
    v_kept      record;
    v_fed       record;
begin
    perform interlock.require_read_committed();
    perform interlock.lock_workspace(v_workspace);
    if p_workflow_id is null then
        v_workflow := interlock.uuidv7();
        insert into interlock.workflows (id, name, current_version, created_at, updated_at, deleted_at, workspace_id)
        values (v_workflow, p_name, 0, v_now, v_now, v_now, v_workspace);
    elsif not exists (select from interlock.workflows w where w.id = p_workflow_id and w.workspace_id = v_workspace and w.deleted_at is null) then
        perform interlock.raise_error('IL005', format('There is no workflow %s.', p_workflow_id));
    end if;
    if p_from_execution is not null and not exists (select from interlock.executions e where e.id = p_from_execution and e.workspace_id = v_workspace) then
        perform interlock.raise_error('IL001', format('There is no execution %s.', p_from_execution));
    end if;
    v_kept := interlock.keep_version(v_workflow, p_definition, p_compiled, p_checksum, '{}', p_by, v_now, null, null, null, p_is_test => true);
    update interlock.workflow_versions v set tested_by = v_id where v.id = v_kept.version_id;

    insert into interlock.executions (id, version_id, workflow_id, status, input, subject, trace_parent, created_at, started_at, deadline_at, change_number,
        workspace_id, test)
    select v_id, v.id, v_workflow, 'running', p_input, p_subject, left(p_trace_parent, 55), v_now, v_now, v_now + make_interval(secs => v.timeout_seconds),
           nextval('interlock.change_numbers'), v_workspace, p_test
    from interlock.workflow_versions v where v.id = v_kept.version_id;

    -- a trigger passes the input of its own execution on, so that one is referred to
    insert into interlock.assignments (execution_id, id, version_id, node_no, visit, attempt, status, is_indexed, previous_assignment_id, ports, output,
        source_execution_id, source_id, error, change_number, created_at, started_at, ended_at)
    select v_id, coalesce(a.id, interlock.uuidv7()), n.version_id, n.node_no, 1, coalesce(a.attempt, 1), coalesce(a.status, 'completed'), n.is_indexed,
           a.previous_assignment_id, a.ports, t.output, case when a.id is not null then coalesce(a.source_execution_id, a.execution_id) end,
           case when a.output is not null then a.id else a.source_id end, a.error, nextval('interlock.change_numbers'),
           coalesce(a.created_at, v_now), coalesce(a.started_at, v_now), coalesce(a.ended_at, v_now)
    from jsonb_to_recordset(p_taken) t (node_id text, output jsonb, assignment_id uuid)
    join interlock.nodes n on n.version_id = v_kept.version_id and n.node_id = t.node_id
    left join interlock.assignments a on a.execution_id = p_from_execution and a.id = t.assignment_id and a.ended_at is not null
    where a.id is not null or t.output is not null;

    select array_agg(row(v_id, null, c.version_id, c.to_node, a.id, coalesce(a.source_execution_id, v_id), coalesce(a.source_id, a.id), null,
               false)::interlock.opening order by c.connection_no) filter (where not c.into_join) as openings,
           array_agg(row(v_id, c.version_id, c.to_node, c.slot, a.id, null)::interlock.arrival order by c.connection_no) filter (where c.into_join) as arrivals
    into v_fed
    from interlock.connections c
    join interlock.assignments a on a.execution_id = v_id and a.node_no = c.from_node
    where c.version_id = v_kept.version_id and c.connection_no = any (p_feeds);
    v_traits := interlock.traits_of(array[v_id]);
    if v_fed.arrivals is not null then
        perform interlock.place_tokens(v_fed.arrivals, v_now);
    end if;
    if v_fed.openings is not null then
        v_wave := interlock.open_visits(v_fed.openings, v_traits.budget, null, v_now);
    end if;
    if p_trigger is not null then
        with started as (
            insert into interlock.assignments (execution_id, id, version_id, node_no, visit, status, is_indexed, change_number, created_at, started_at, ended_at)
            select v_id, interlock.uuidv7(), n.version_id, n.node_no, 1, 'completed', n.is_indexed, nextval('interlock.change_numbers'), v_now, v_now, v_now
            from interlock.nodes n where n.version_id = v_kept.version_id and n.node_id = p_trigger
            returning id, version_id, node_no
        )
        select v_wave.leaving || array_agg(row(v_id, s.id, s.version_id, s.node_no, null, null, null, null)::interlock.departure) into v_wave.leaving
        from started s;
    end if;
    v_progress := interlock.advance(array[v_id], v_wave, v_traits, null, v_now);
    perform interlock.record_audit('test_workflow', p_by, jsonb_build_object('workflow_id', v_workflow, 'name', p_name) || p_test, v_now, v_id, v_workspace);
    perform interlock.wake_workers(v_progress.pending_queues);
    return jsonb_build_object('execution_id', v_id, 'workflow_id', v_workflow);
end $$;
