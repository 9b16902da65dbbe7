-- Measures how much each workspace stores: its definitions and drafts, executions with their visits, and its part of the audit log, as they are on disk,
-- with their part of the indexes. Dead rows and free space do not count, so what was deleted counts no longer. Bounded: of each table it reads at most p_pages
-- pages, or an eighth of that if every row has to be looked up elsewhere. A table with more pages is judged by a sample: the same pages each time, so that the
-- figure does not jump. A workspace to which a tenth of such a table belongs is measured to within some 15 %, one to which a hundredth belongs to within some 45 %.
-- Transition: none; stored_bytes, stored_measured_at.
-- Caller:  workers and `interlock tick`, regularly. It does nothing before p_every has passed, where there is one workspace and no limit, and while another
--          call measures. Returns whether it measured.
-- Locks:   an advisory transaction lock; the rows of the workspaces, skip locked. Errors: none.
create function interlock.measure_workspaces(p_every interval default '1 minute', p_pages integer default 2048) returns boolean
language plpgsql set search_path = '' as $$
declare
    v_now        timestamptz := interlock.now();
    v_few        integer := greatest(1, p_pages / 8);
    v_due        integer;
    v_workspaces integer[];
    v_times      record;                                                  -- how many times as much as the sample of it each table has
begin
    perform interlock.require_read_committed();
    select count(*) filter (where w.stored_measured_at is null or w.stored_measured_at <= v_now - p_every) into v_due
    from interlock.workspaces w
    where w.deleted_at is null
    having count(*) > 1 or count(w.max_stored_bytes) > 0;
    if coalesce(v_due, 0) = 0 or not pg_try_advisory_xact_lock(hashtext('interlock.measure_workspaces')) then
        return false;
    end if;
    select interlock.sample_factor('interlock.workflow_versions', p_pages) as versions, interlock.sample_factor('interlock.nodes', p_pages) as nodes,
           interlock.sample_factor('interlock.executions', p_pages) as executions, interlock.sample_factor('interlock.assignments', p_pages) as assignments,
           interlock.sample_factor('interlock.context_changes', v_few) as changes, interlock.sample_factor('interlock.assignment_attempts', v_few) as attempts,
           interlock.sample_factor('interlock.tokens', v_few) as tokens, interlock.sample_factor('interlock.audit_log', p_pages) as entries,
           interlock.sample_factor('interlock.drafts', p_pages) as drafts
    into v_times;
    -- one that is being deleted waits for those who read workflows, as this call does
    v_workspaces := array(select w.id from interlock.workspaces w where w.deleted_at is null for no key update skip locked);
    -- the numbers of bytes are what a row has beside its values, with its part of the indexes
    with of_versions as (
        select x.id as version_id, v_times.versions * (300 + pg_column_size(x.definition) + coalesce(pg_column_size(x.warnings), 0)) as bytes
        from interlock.workflow_versions x tablesample system (100 / v_times.versions) repeatable (1)
        union all
        select x.version_id, v_times.nodes * sum(300 + pg_column_size(x.parameters) + coalesce(pg_column_size(x.inline), 0))
        from interlock.nodes x tablesample system (100 / v_times.nodes) repeatable (1)
        group by x.version_id
        union all
        select x.version_id, v_times.assignments * sum(280 + coalesce(pg_column_size(x.output), 0) + coalesce(pg_column_size(x.error), 0))
        from interlock.assignments x tablesample system (100 / v_times.assignments) repeatable (1)
        group by x.version_id
    ), of_executions as (
        select x.execution_id, v_times.changes * (120 + pg_column_size(x.patch)) as bytes
        from interlock.context_changes x tablesample system (100 / v_times.changes) repeatable (1)
        union all
        select x.execution_id, v_times.attempts * (190 + coalesce(pg_column_size(x.error), 0))
        from interlock.assignment_attempts x tablesample system (100 / v_times.attempts) repeatable (1)
        union all
        select x.execution_id, v_times.tokens * 150
        from interlock.tokens x tablesample system (100 / v_times.tokens) repeatable (1)
    ), measured as (
        select w.id as workspace_id, 0 as bytes
        from unnest(v_workspaces) w (id)
        union all
        select w.workspace_id, s.bytes
        from of_versions s
        join interlock.workflow_versions v on v.id = s.version_id
        join interlock.workflows w on w.id = v.workflow_id
        union all
        select e.workspace_id, s.bytes
        from of_executions s
        join interlock.executions e on e.id = s.execution_id
        union all
        select x.workspace_id, v_times.executions * sum(400 + pg_column_size(x.input) + pg_column_size(x.context) + coalesce(pg_column_size(x.error), 0))
        from interlock.executions x tablesample system (100 / v_times.executions) repeatable (1)
        group by x.workspace_id
        union all
        select x.workspace_id, v_times.entries * sum(150 + pg_column_size(x.details))
        from interlock.audit_log x tablesample system (100 / v_times.entries) repeatable (1)
        where x.workspace_id is not null
        group by x.workspace_id
        union all
        select x.workspace_id,
               v_times.drafts * sum(200 + coalesce(pg_column_size(x.definition), 0) + coalesce(pg_column_size(x.text), 0) + pg_column_size(x.pins))
        from interlock.drafts x tablesample system (100 / v_times.drafts) repeatable (1)
        group by x.workspace_id
    )
    update interlock.workspaces w
    set stored_bytes = t.bytes, stored_measured_at = v_now
    from (select m.workspace_id, sum(m.bytes) as bytes from measured m group by m.workspace_id) t
    where w.id = t.workspace_id and w.id = any (v_workspaces);
    return true;
end $$;
