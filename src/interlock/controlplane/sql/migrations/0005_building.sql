-- Notes of versions; drafts, and who edits.
alter table interlock.workflow_versions
    add column note text,
    add constraint version_note_is_short check (length(note) <= 500);

create table interlock.drafts (
    id           uuid not null,
    user_id      uuid not null,
    workspace_id integer not null,
    workflow_id  uuid references interlock.workflows (id),
    base_version integer,
    name         text not null,
    definition   json,
    text         text,
    syntax       text,
    pins         json not null default '{}',
    revision     integer not null default 1,
    created_at   timestamptz not null,
    updated_at   timestamptz not null,
    primary key (user_id, workspace_id, id),
    foreign key (user_id, workspace_id) references interlock.workspace_members on delete cascade,
    constraint draft_has_content check (definition is not null or text is not null),
    constraint draft_text_has_a_syntax check ((text is null) = (syntax is null) and syntax in ('yaml', 'json')),
    constraint draft_base_is_of_a_workflow check (base_version is null or workflow_id is not null)
);
create unique index one_draft_of_a_workflow on interlock.drafts (workflow_id, user_id) where workflow_id is not null;

create table interlock.editors (
    workflow_id  uuid not null references interlock.workflows (id),
    user_id      uuid not null,
    workspace_id integer not null,
    since        timestamptz not null,
    seen_at      timestamptz not null,
    primary key (workflow_id, user_id),
    foreign key (user_id, workspace_id) references interlock.workspace_members on delete cascade
);
create index editors_of_a_person on interlock.editors (user_id, workspace_id);

-- Definitions keep the text that their authors wrote.
alter table interlock.workflow_versions add column source text;

-- A test run runs a version without a number. Its execution says what part it runs.
alter table interlock.workflow_versions alter column version drop not null;
alter table interlock.workflow_versions drop constraint same_content_is_same_version;
alter table interlock.workflow_versions add column kind text not null default 'published', add column tested_by uuid, add column swept_at timestamptz,
    add constraint only_tests_have_no_number check (kind in ('published', 'test') and (kind = 'test') = (version is null));
create unique index same_content_is_same_version on interlock.workflow_versions (workflow_id, checksum) where kind = 'published';
create index test_versions on interlock.workflow_versions (created_at) where kind = 'test' and swept_at is null;
alter table interlock.executions add column test jsonb;

-- What users started, where their open assignments are limited.
create table interlock.user_executions (
    user_id      uuid not null references interlock.users (id) on delete cascade,
    execution_id uuid not null,
    primary key (user_id, execution_id)
);

-- Functions and views that changed; what follows is the tree's text.
set check_function_bodies = off;
drop function interlock.keep_version(uuid, jsonb, jsonb, text, text[], text, timestamptz);
drop function interlock.save_workflow(text, jsonb, jsonb, text, text[], text, boolean);
drop function interlock.update_workflow(uuid, text, jsonb, jsonb, text, text[], integer, text);
drop function interlock.count_executions(text[], uuid, text, integer);
drop function interlock.list_executions(text[], uuid, text, timestamptz, timestamptz, timestamptz, uuid, integer);

-- Returns a time as people and programs read it: UTC, with microseconds and a Z, whatever zone and form the session writes times in; or infinity.
-- Every time inside a text, or inside a JSON value that an answer returns as it is, is written by it. Python: utc_text in interlock/clock.py.
create function interlock.utc_text(p_at timestamptz) returns text language sql stable as $$
    select case when pg_catalog.isfinite(p_at) then pg_catalog.to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') else p_at::text end
$$;

-- Measures how much each workspace stores: its definitions and drafts, executions with their visits, and its part of the audit log, as they are on disk,
-- with their part of the indexes. Dead rows and free space do not count, so what was deleted counts no longer. Bounded: of each table it reads at most p_pages
-- pages, or an eighth of that if every row has to be looked up elsewhere. A table with more pages is judged by a sample: the same pages each time, so that the
-- figure does not jump. A workspace to which a tenth of such a table belongs is measured to within some 15 %, one to which a hundredth belongs to within some 45 %.
-- Transition: none; stored_bytes, stored_measured_at.
-- Caller:  workers and `interlock tick`, regularly. It does nothing before p_every has passed, where there is one workspace and no limit, and while another
--          call measures. Returns whether it measured.
-- Locks:   an advisory transaction lock; the rows of the workspaces, skip locked. Errors: none.
create or replace function interlock.measure_workspaces(p_every interval default '1 minute', p_pages integer default 2048) returns boolean
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
            format('An admin of the installation can raise the limit, which counts at once. What is deleted counts when it is measured again, every minute, last '
                'at %s: drafts, which their authors can delete, and ended executions, which the owner of the database can delete.',
                interlock.utc_text(date_trunc('second', v_full.stored_measured_at))));
    end if;
end $$;

-- Changes the name and the limits of a workspace. p_changes has the new values by the names of the columns; what it lacks stays, null takes a limit away.
-- p_by_user: whose role in it the answer says, or null.
-- Caller:  an admin of the first workspace, which keeps its name.
-- Locks:   the workspace; for a limit on what runs in the first one see carry_first_workspace.
-- Errors:  IL013 bad_request, IL021 name_taken, IL031 not_allowed (in a call of another workspace than the first), IL060 workspace_not_found.
-- A repeat changes nothing more.
create or replace function interlock.update_workspace(p_workspace_id integer, p_changes jsonb, p_by_user uuid, p_by text) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_before interlock.workspaces;
    v_after  interlock.workspaces;
begin
    perform interlock.require_read_committed();
    perform interlock.require_first_workspace();
    select w.* into v_before from interlock.workspaces w where w.id = p_workspace_id and w.deleted_at is null for no key update;
    if v_before.id is null then
        perform interlock.raise_error('IL060', format('There is no workspace %s.', p_workspace_id));
    end if;
    if p_changes ? 'name' then
        perform interlock.require_workspace_name(p_changes ->> 'name');
        if p_workspace_id = 1 and p_changes ->> 'name' <> v_before.name then
            perform interlock.raise_error('IL013', format('The workspace %s keeps its name.', v_before.name));
        end if;
    end if;
    begin
        update interlock.workspaces w
        set name = case when p_changes ? 'name' then p_changes ->> 'name' else w.name end,
            max_requests = case when p_changes ? 'max_requests' then (p_changes ->> 'max_requests')::integer else w.max_requests end,
            max_streams = case when p_changes ? 'max_streams' then (p_changes ->> 'max_streams')::integer else w.max_streams end,
            max_running = case when p_changes ? 'max_running' then (p_changes ->> 'max_running')::integer else w.max_running end,
            max_stored_bytes = case when p_changes ? 'max_stored_bytes' then (p_changes ->> 'max_stored_bytes')::bigint else w.max_stored_bytes end
        where w.id = p_workspace_id
        returning * into v_after;
    exception
        when unique_violation then
            perform interlock.raise_error('IL021', format('There is already a workspace named %s.', p_changes ->> 'name'), p_hint => 'Give it another name.');
        when check_violation or data_exception then
            perform interlock.raise_error('IL013', 'A limit of a workspace is a whole number from 1.', p_hint => 'null takes a limit away.');
    end;
    if p_workspace_id = 1 and v_after.max_running is not null then
        perform interlock.carry_first_workspace();
    end if;
    perform interlock.record_audit('update_workspace', p_by,
        jsonb_build_object('workspace_id', p_workspace_id, 'name', v_after.name, 'changes', p_changes), interlock.now());
    return interlock.workspace_record(v_after, p_by_user);
end $$;

-- Gives the queues of the first workspace keys with its id, as those of others have, so that what runs there is found by an index and can be limited. The
-- keys stay when the limit is taken away: assignments may have them that a transaction is just making, and a worker that no longer knew such a key would
-- never claim them. A start that is under way meanwhile makes an assignment with the old key, which workers go on claiming and which does not count.
-- Transition: none; the keys of nodes, open assignments and workers.
-- Caller:  update_workspace, when the first workspace gets a limit. Errors: none. A repeat changes nothing.
-- Locks:   advisory transaction locks of the keys and of queue_lock; the open executions of the workspace, by id.
create function interlock.carry_first_workspace() returns void language plpgsql set search_path = '' as $$
declare
    v_keys  text[];
    v_names text[];
begin
    perform pg_advisory_xact_lock(hashtextextended('interlock.queue_keys', 0));
    if not exists (select from interlock.queues q where q.workspace_id = 1 and left(q.key, 1) <> '#') then
        return;                                                           -- nothing was deployed yet
    end if;
    perform from interlock.executions e where e.workspace_id = 1 and e.status = any ('{pending,running,waiting,paused}') order by e.id for no key update;
    perform pg_advisory_xact_lock(interlock.queue_lock());
    insert into interlock.queues (key, workspace_id, name)
    select '#1:' || q.name, 1, q.name from interlock.queues q where q.workspace_id = 1
    on conflict do nothing;
    select array_agg('#1:' || q.name), array_agg(q.name) into v_keys, v_names from interlock.queues q where q.workspace_id = 1 and left(q.key, 1) <> '#';
    update interlock.nodes n set queue = '#1:' || n.queue where n.queue = any (v_names);
    update interlock.plain_nodes n set queue = '#1:' || n.queue where n.queue = any (v_names);
    update interlock.assignments a set queue = '#1:' || a.queue
    from interlock.executions e
    where e.workspace_id = 1 and e.status = any ('{pending,running,waiting,paused}') and a.execution_id = e.id and a.ended_at is null and a.queue = any (v_names);
    update interlock.workers w
    set queue_keys = interlock.keys_of_queues(w.queues, w.workspaces)
    where w.status = 'alive' and w.queues && v_names;
    perform pg_notify('workflow_changes', array_to_string(v_keys, ','));
end $$;

-- Lets a version of the first workspace be written with the keys that its queues have: carry_first_workspace waits for the end of this transaction, and this
-- call for that of a transaction that changes the keys now. What reads them comes in a statement of its own, after it.
-- Caller: keep_version. Locks: an advisory transaction lock, shared. Errors: none.
create function interlock.hold_queue_keys(p_workspace_id integer) returns void language plpgsql set search_path = '' as $$
begin
    if p_workspace_id = 1 then
        perform pg_advisory_xact_lock_shared(hashtextextended('interlock.queue_keys', 0));
    end if;
end $$;

-- Returns the key of a queue of a workspace: scoped_name, but in the first workspace with its id too once its running assignments were limited, see
-- carry_first_workspace. Changes nothing.
create function interlock.queue_key(p_workspace_id integer, p_name text) returns text language sql stable set search_path = '' as $$
    select case when p_workspace_id = 1 and exists (
            select from interlock.workspaces w where w.id = 1 and w.max_running is not null
            union all
            select from interlock.queues q where q.key = '#1:' || p_name)
        then '#1:' || p_name else interlock.scoped_name(p_workspace_id, p_name) end
$$;

-- Deletes a workflow: it is no longer listed and cannot be started, and its name is free. Its versions and executions stay, and running executions go on;
-- drafts of it are deleted.
-- Transition: deleted_at is set. Caller: the API.
-- Locks:   the workflow's row.
-- Errors:  IL005 workflow_not_found (also on a repeat), IL019 version_conflict.
create or replace function interlock.delete_workflow(p_workflow_id uuid, p_expected_version integer default null, p_by text default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now      timestamptz := interlock.now();
    v_workflow interlock.workflows;
begin
    v_workflow := interlock.lock_workflow(p_workflow_id);
    perform interlock.require_version(v_workflow, p_expected_version);
    update interlock.workflows w set deleted_at = v_now, updated_at = v_now where w.id = p_workflow_id;
    delete from interlock.drafts d where d.workflow_id = p_workflow_id;
    delete from interlock.editors e where e.workflow_id = p_workflow_id;
    perform interlock.record_audit('delete_workflow', p_by,
        jsonb_build_object('workflow_id', p_workflow_id, 'name', v_workflow.name, 'version', v_workflow.current_version),
        v_now, p_workspace_id => v_workflow.workspace_id);
    return jsonb_build_object('workflow_id', p_workflow_id);
end $$;

-- Returns a version with its compiled nodes and connections, as workers cache it. Changes nothing.
-- p_with_workspace: returns the id of its workspace, too; workers from before there were workspaces take no answer with it.
-- Errors: IL003 version_not_found, also if it belongs to another workspace.
create or replace function interlock.get_version(p_version_id integer, p_with_workspace boolean default false) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    v_version jsonb;
begin
    select jsonb_build_object(
        'workflow', w.name, 'workflow_id', w.id, 'version', coalesce(v.version, w.current_version), 'version_id', v.id, 'definition', v.definition,
        'nodes', (select jsonb_agg(to_jsonb(n) - 'version_id' || jsonb_build_object('queue', interlock.unscoped_name(n.queue), 'is_plain',
                      p.branch_count is not null, 'plain_next', case when p.branch_count = 1 then p.next_node end) order by n.node_no)
                  from interlock.nodes n
                  left join interlock.plain_nodes p on p.version_id = n.version_id and p.node_no = n.node_no and p.branch = 1
                  where n.version_id = v.id),
        'connections', (select coalesce(jsonb_agg(to_jsonb(c) - 'version_id' order by c.connection_no), '[]')
                        from interlock.connections c where c.version_id = v.id))
        || case when p_with_workspace then jsonb_build_object('workspace_id', w.workspace_id) else '{}' end
    into v_version
    from interlock.workflow_versions v
    join interlock.workflows w on w.id = v.workflow_id
    where v.id = p_version_id and w.workspace_id = coalesce(interlock.current_workspace(), w.workspace_id);
    if v_version is null then
        perform interlock.raise_error('IL003', format('There is no version with the id %s.', p_version_id));
    end if;
    return v_version;
end $$;

-- Returns the version of a workflow that has this content, and creates it if there is none. It becomes the current version.
-- p_is_test: creates one without a number for one test run, which never becomes the current one.
-- A note takes the place of the one that it had.
-- p_source: the definition as text. One that a person wrote (p_is_written) takes the place of the text of a version that is there, so a change of comments alone
-- changes the text of that version and makes no other; one that a program made of the definition is kept only with a new version.
-- Transition: (new) version.
-- Caller:  save_workflow, update_workflow; with the lock of the workflow; start_test_run. They write an entry to the audit log if this changed something.
-- Errors:  IL014 definition_not_compiled, IL063 storage_full. A repeat returns the same version and changes nothing.
create function interlock.keep_version(
    p_workflow_id uuid, p_definition jsonb, p_compiled jsonb, p_checksum text, p_tags text[], p_by text, p_now timestamptz, p_note text,
    p_source text default null, p_is_written boolean default false, p_is_test boolean default false,
    out version integer, out version_id integer, out created boolean, out changed boolean
)
language plpgsql set search_path = '' as $$
declare
    v_version      interlock.workflow_versions;
    v_is_rewritten boolean := false;
    v_workspace_id integer := (select w.workspace_id from interlock.workflows w where w.id = p_workflow_id);
begin
    if jsonb_typeof(p_compiled -> 'nodes') is distinct from 'array' or jsonb_typeof(p_compiled -> 'connections') is distinct from 'array' then
        perform interlock.raise_error('IL014', 'The definition was sent without its compiled form.', p_hint => 'Save it with: interlock deploy FILE.');
    end if;
    select * into v_version from interlock.workflow_versions v where v.workflow_id = p_workflow_id and v.checksum = p_checksum and v.kind = 'published' and not p_is_test;
    created := not found;
    if created then
        perform interlock.require_space(w.workspace_id) from interlock.workflows w where w.id = p_workflow_id;
        insert into interlock.workflow_versions (workflow_id, version, checksum, semantics, definition, warnings, tags, virtual_users, lock_program,
            timeout_seconds, has_joins, has_counts, has_ordered, has_locks, max_fan_out, created_at, created_by, source, kind)
        select p_workflow_id,
               case when not p_is_test then (
                   select coalesce(max(v.version), 0) + 1 from interlock.workflow_versions v where v.workflow_id = p_workflow_id) end,
               p_checksum, coalesce((p_definition ->> 'semantics')::integer, 1), p_definition, p_compiled -> 'warnings',
               p_tags,
               coalesce(p_definition ->> 'virtual_users', 'inline'), nullif(p_compiled -> 'lock_program', 'null'),
               (p_definition ->> 'timeout_seconds')::double precision,
               coalesce(bool_or(n ->> 'join_kind' in ('all', 'first', 'count')), false),
               coalesce(bool_or(n ->> 'join_kind' in ('first', 'count')), false),
               coalesce(bool_or((n ->> 'ordered')::boolean), false),
               coalesce(bool_or(jsonb_typeof(n -> 'lock_program') = 'object'), false) or jsonb_typeof(p_compiled -> 'lock_program') = 'object',
               coalesce(max((n ->> 'fan_out')::integer), 0),
               p_now, p_by, p_source, case when p_is_test then 'test' else 'published' end
        from jsonb_array_elements(p_compiled -> 'nodes') n
        returning * into v_version;

        perform interlock.hold_queue_keys(v_workspace_id);
        insert into interlock.nodes (version_id, node_no, node_id, name, type, subtype, kind, queue, requires, join_kind, join_count, late, slot_count,
            fan_out, ordered, is_repeatable, is_indexed, on_error, max_attempts, retry_initial_seconds, retry_multiplier, retry_max_seconds,
            retry_jitter, timeout_seconds, max_visits, lock_program, inline, parameters, needs, uses_context, ends, by_cron, may_be_late, actor,
            needs_worker, starts_execution, ends_execution, reads_input, passes_input, merges_input, is_always_fatal, may_wait, swept_by)
        select v_version.id, n.node_no, n.node_id, coalesce(n.name, n.node_id), n.type, n.subtype, n.kind,
               interlock.queue_key(v_workspace_id, n.queue), n.requires, n.join_kind, n.join_count, n.late, n.slot_count, n.fan_out, n.ordered, n.is_repeatable, n.is_indexed or j.is_join, n.on_error,
               n.max_attempts, n.retry_initial_seconds, n.retry_multiplier, n.retry_max_seconds, n.retry_jitter, n.timeout_seconds, n.max_visits,
               j.lock_program, nullif(n.inline, 'null'), n.parameters, n.needs, n.uses_context, n.ends,
               v_version.virtual_users = 'cron', v_version.has_counts, case when n.join_kind is null then k.actor else k.actor_of_joins end,
               k.needs_worker, k.starts_execution, k.ends_execution, k.reads_input or j.lock_program is not null, k.passes_input,
               j.is_join and (not k.needs_worker or j.lock_program is not null), k.is_always_fatal, k.may_wait, k.swept_by
        from jsonb_to_recordset(p_compiled -> 'nodes') n (node_no integer, node_id text, name text, type text, subtype text, kind text,
            queue text, requires text, join_kind text, join_count integer, late text, slot_count integer, fan_out integer, ordered boolean,
            is_repeatable boolean, is_indexed boolean, on_error text, max_attempts integer, retry_initial_seconds double precision,
            retry_multiplier double precision, retry_max_seconds double precision, retry_jitter double precision,
            timeout_seconds double precision, max_visits integer, lock_program jsonb, inline jsonb, parameters jsonb, needs integer[],
            uses_context boolean, ends boolean)
        left join interlock.node_kinds k on k.kind = n.kind
        cross join lateral (
            select coalesce(n.join_kind, 'each') <> 'each' as is_join, nullif(n.lock_program, 'null') as lock_program
        ) j;

        insert into interlock.connections (version_id, connection_no, from_node, port, to_node, slot, type, into_join)
        select v_version.id, c.connection_no, c.from_node, c.port, c.to_node, c.slot, c.type, c.slot is not null and coalesce(n.join_kind, 'each') <> 'each'
        from jsonb_to_recordset(p_compiled -> 'connections') c (connection_no integer, from_node integer, port text, to_node integer,
            slot integer, type text)
        left join interlock.nodes n on n.version_id = v_version.id and n.node_no = c.to_node;

        insert into interlock.reaches (version_id, join_node, from_node, to_node, from_slot, to_slot)
        select v_version.id, r.join_node, r.from_node, r.to_node, r.from_slot, r.to_slot
        from jsonb_to_recordset(p_compiled -> 'reaches') r (join_node integer, from_node integer, to_node integer, from_slot integer,
            to_slot integer);
        perform interlock.note_queues(v_version.id, v_workspace_id);
        perform interlock.note_plain_nodes(array[v_version.id]);
    elsif p_is_written then
        update interlock.workflow_versions v set source = p_source where v.id = v_version.id and v.source is distinct from p_source;
        v_is_rewritten := found;
    end if;
    update interlock.workflow_versions v set note = p_note where v.id = v_version.id and p_note <> '' and v.note is distinct from p_note;
    update interlock.workflows w set current_version = v_version.version, updated_at = p_now
    where w.id = p_workflow_id and (w.current_version <> v_version.version or v_is_rewritten) and not p_is_test;
    changed := found;
    version := v_version.version;
    version_id := v_version.id;
end $$;

-- Saves a compiled definition as a version of the workflow with this name, and creates the workflow if there is none: in the workspace of the call, in the
-- first one if the call is not limited.
-- p_source, p_is_written: see keep_version.
-- Transition: (new) workflow; (new) version, which becomes the current one.
-- Caller:  `interlock deploy`, the API. A repeat with the same content returns the version that exists and makes it the current one.
-- Locks:   the workflow's row; of a new one, the workspace against deletion.
-- Errors:  IL014 definition_not_compiled, IL021 name_taken: p_only_new, and a workflow with this name has another content,
--          IL060 workspace_not_found: the workspace of a new workflow was deleted.
create function interlock.save_workflow(
    p_name text, p_definition jsonb, p_compiled jsonb, p_checksum text, p_tags text[] default '{}', p_by text default null,
    p_only_new boolean default false, p_note text default null, p_source text default null, p_is_written boolean default false
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now       timestamptz := interlock.now();
    v_workspace integer := interlock.own_workspace();
    v_workflow  interlock.workflows;
    v_kept      record;
begin
    perform interlock.require_read_committed();
    loop                                                                  -- again, if it was deleted or renamed in between
        insert into interlock.workflows (id, name, current_version, created_at, updated_at, workspace_id)
        values (interlock.uuidv7(), p_name, 0, v_now, v_now, v_workspace)
        on conflict (workspace_id, name) where deleted_at is null do nothing;
        select * into v_workflow from interlock.workflows w
        where w.workspace_id = v_workspace and w.name = p_name and w.deleted_at is null
        for no key update;
        exit when found;
    end loop;
    if v_workflow.current_version = 0 then
        perform interlock.lock_workspace(v_workspace);
    end if;
    if p_only_new and v_workflow.current_version > 0 and not exists (
            select from interlock.workflow_versions v
            where v.workflow_id = v_workflow.id and v.version = v_workflow.current_version and v.checksum = p_checksum) then
        perform interlock.raise_error('IL021', format('There is already a workflow named %s.', p_name), p_detail => v_workflow.id::text,
            p_hint => 'Give it another name, or save it as a new version of that workflow.');
    end if;
    v_kept := interlock.keep_version(v_workflow.id, p_definition, p_compiled, p_checksum, p_tags, p_by, v_now, p_note, p_source, p_is_written);
    if v_kept.changed then
        perform interlock.record_audit(case when v_workflow.current_version = 0 then 'create_workflow' else 'update_workflow' end, p_by,
            jsonb_build_object('workflow_id', v_workflow.id, 'name', p_name, 'version', v_kept.version),
            v_now, p_workspace_id => v_workspace);
    end if;
    return jsonb_build_object('workflow_id', v_workflow.id, 'version', v_kept.version, 'version_id', v_kept.version_id, 'created', v_kept.created);
end $$;

-- Saves a compiled definition as a version of an existing workflow. If the name in it is another one, the workflow is renamed.
-- p_source, p_is_written: see keep_version.
-- Transition: (new) version, which becomes the current one.
-- Caller:  the API. A repeat with the same content and name changes nothing and returns the same, whichever version it expects.
-- Locks:   the workflow's row.
-- Errors:  IL005 workflow_not_found, IL014 definition_not_compiled, IL019 version_conflict, IL021 name_taken.
create function interlock.update_workflow(
    p_workflow_id uuid, p_name text, p_definition jsonb, p_compiled jsonb, p_checksum text, p_tags text[], p_expected_version integer, p_by text,
    p_note text default null, p_source text default null, p_is_written boolean default false
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now      timestamptz := interlock.now();
    v_workflow interlock.workflows;
    v_checksum text;
    v_kept     record;
begin
    v_workflow := interlock.lock_workflow(p_workflow_id);
    select v.checksum into v_checksum from interlock.workflow_versions v
    where v.workflow_id = p_workflow_id and v.version = v_workflow.current_version;
    if v_checksum <> p_checksum or v_workflow.name <> p_name then
        perform interlock.require_version(v_workflow, p_expected_version);
    end if;
    if v_workflow.name <> p_name then
        begin
            update interlock.workflows w set name = p_name, updated_at = v_now where w.id = p_workflow_id;
        exception when unique_violation then
            perform interlock.raise_error('IL021', format('There is already a workflow named %s.', p_name), p_hint => 'Give it another name.');
        end;
    end if;
    v_kept := interlock.keep_version(p_workflow_id, p_definition, p_compiled, p_checksum, p_tags, p_by, v_now, p_note, p_source, p_is_written);
    if v_kept.changed or v_workflow.name <> p_name then
        perform interlock.record_audit('update_workflow', p_by,
            jsonb_strip_nulls(jsonb_build_object('workflow_id', p_workflow_id, 'name', p_name, 'version', v_kept.version, 'renamed_from', case when v_workflow.name <> p_name then v_workflow.name end)),
            v_now, p_workspace_id => v_workflow.workspace_id);
    end if;
    return jsonb_build_object('workflow_id', p_workflow_id, 'version', v_kept.version, 'version_id', v_kept.version_id, 'created', v_kept.created);
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

-- Counts the executions of each status in the call's workspace, each at most up to p_most; a call that is not limited counts those of all workspaces.
-- Changes nothing. Caller: insight. p_tests: exclude, include or only test runs.
create function interlock.count_executions(p_statuses text[], p_workflow_id uuid, p_subject text, p_most integer, p_tests text default 'exclude')
returns table (status text, count bigint)
language plpgsql stable set search_path = '' as $$
declare
    v_workspaces integer[] := interlock.visible_workspaces();
begin
    return query
        select s.status, case
            when p_subject is not null then (
                select count(*) from (
                    select from unnest(v_workspaces) w (id)
                    cross join lateral (
                        select from interlock.executions e
                        where e.workspace_id = w.id and e.subject = p_subject and e.status = s.status
                            and (p_workflow_id is null or e.workflow_id = p_workflow_id)
                            and (p_tests = 'include' or (p_tests = 'only') = (e.test is not null)) limit p_most
                    ) o
                    limit p_most) x)
            when p_workflow_id is not null then (
                select count(*) from (
                    select from interlock.workflows w
                    cross join lateral (select from interlock.executions e where e.workflow_id = w.id and e.status = s.status
                        and (p_tests = 'include' or (p_tests = 'only') = (e.test is not null)) limit p_most) o
                    where w.id = p_workflow_id and w.workspace_id = any (v_workspaces) limit p_most) x)
            else (
                select count(*) from (
                    select from unnest(v_workspaces) w (id)
                    cross join lateral (select from interlock.executions e where e.workspace_id = w.id and e.status = s.status
                        and (p_tests = 'include' or (p_tests = 'only') = (e.test is not null)) limit p_most) o
                    limit p_most) x)
            end
        from unnest(p_statuses) s (status);
end $$;

-- Counts what a user has open, when a call of theirs has started executions, and refuses these if it is more than the user's limit. Open is every assignment
-- that has not ended, in executions that the user started since there is a limit, in all workspaces: pending, running, waiting for somebody or something.
-- Transition: none; the refusal undoes what the call started.
-- Caller:  the API, around start_executions, retry or start_test_run in the same statement: p_started is what that one returned, one answer or several.
--          So what is not limited, and all that workers do, knows nothing of it.
-- Locks:   an advisory transaction lock of the user, so that two starts never pass the limit together.
-- Errors:  IL062 limit_reached. A repeat, which started nothing, is never refused.
create function interlock.count_started(p_user_id uuid, p_limit integer, p_started jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare
    v_started uuid[] := array(
        select (s.item ->> 'execution_id')::uuid from jsonb_path_query(p_started, '$[*] ? (exists(@.execution_id) && !(@.created == false))') s (item));
    v_open    integer;
    v_name    text;
begin
    if v_started = '{}' then
        return p_started;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('interlock.started ' || p_user_id, 0));
    delete from interlock.user_executions u
    where u.user_id = p_user_id and not exists (select from interlock.executions e where e.id = u.execution_id and e.ended_at is null);
    insert into interlock.user_executions (user_id, execution_id)
    select p_user_id, s.id from unnest(v_started) s (id)
    on conflict do nothing;
    v_open := interlock.open_count_of_user(p_user_id, p_limit + 1);
    if v_open > p_limit then
        select coalesce(u.email, u.name) into v_name from interlock.users u where u.id = p_user_id;
        perform interlock.raise_error('IL062',
            format('%s has too much under way: the limit of a user is %s open assignments, and with this start it would be more. Try again in 5 s.', v_name, p_limit),
            'user_assignments',
            'Wait until some of the executions that you started end, or cancel some; the setting INTERLOCK_USER_ASSIGNMENTS of the server raises the limit.');
    end if;
    return p_started;
end $$;

-- Lists one page of executions of the call's workspace, newest first: finds the newest of each status by an index, and merges them. Changes nothing.
-- Caller:  insight. p_statuses: each once. p_tests: exclude, include or only test runs. p_before_at, p_before_id: the last of the previous page; infinity if there is none.
-- The leading condition is the subject if one is given, else the workflow, else the status: each has an index that ends in the order of the list.
-- A call that is not limited lists those of all workspaces, each of which has its part of the index.
create function interlock.list_executions(
    p_statuses text[], p_workflow_id uuid, p_subject text, p_created_from timestamptz, p_created_to timestamptz, p_before_at timestamptz,
    p_before_id uuid, p_limit integer, p_tests text default 'exclude'
) returns setof interlock.executions
language plpgsql stable set search_path = '' as $$
declare                                                                   -- one bound only: of two the index might begin at the wrong one
    v_before_at  timestamptz := least(p_created_to, p_before_at);
    v_before_id  uuid := case when p_before_at < p_created_to then p_before_id else '00000000-0000-0000-0000-000000000000' end;
    v_workspaces integer[] := interlock.visible_workspaces();
begin
    if p_subject is not null then
        return query
            select p.* from unnest(v_workspaces) w (id)
            cross join unnest(p_statuses) s (status)
            cross join lateral (
                select e.* from interlock.executions e
                where e.workspace_id = w.id and e.subject = p_subject and e.status = s.status
                    and (p_workflow_id is null or e.workflow_id = p_workflow_id)
                    and e.created_at >= p_created_from and (e.created_at, e.id) < (v_before_at, v_before_id)
                    and (p_tests = 'include' or (p_tests = 'only') = (e.test is not null))
                order by e.created_at desc, e.id desc limit p_limit
            ) p
            order by p.created_at desc, p.id desc limit p_limit;
    elsif p_workflow_id is not null then
        return query
            select p.* from interlock.workflows w
            cross join unnest(p_statuses) s (status)
            cross join lateral (
                select e.* from interlock.executions e
                where e.workflow_id = w.id and e.status = s.status
                    and e.created_at >= p_created_from and (e.created_at, e.id) < (v_before_at, v_before_id)
                    and (p_tests = 'include' or (p_tests = 'only') = (e.test is not null))
                order by e.created_at desc, e.id desc limit p_limit
            ) p
            where w.id = p_workflow_id and w.workspace_id = any (v_workspaces)
            order by p.created_at desc, p.id desc limit p_limit;
    else
        return query
            select p.* from unnest(v_workspaces) w (id)
            cross join unnest(p_statuses) s (status)
            cross join lateral (
                select e.* from interlock.executions e
                where e.workspace_id = w.id and e.status = s.status
                    and e.created_at >= p_created_from and (e.created_at, e.id) < (v_before_at, v_before_id)
                    and (p_tests = 'include' or (p_tests = 'only') = (e.test is not null))
                order by e.created_at desc, e.id desc limit p_limit
            ) p
            order by p.created_at desc, p.id desc limit p_limit;
    end if;
end $$;

-- Returns how many open assignments the executions have that a user started since there is a limit of users, see count_started; it counts to p_most. Changes nothing.
create function interlock.open_count_of_user(p_user_id uuid, p_most integer) returns integer language plpgsql stable set search_path = '' as $$
begin
    return (
        select count(*)
        from (
            select from interlock.user_executions u
            join interlock.assignments a on a.execution_id = u.execution_id and a.ended_at is null
            where u.user_id = p_user_id
            limit p_most
        ) o);
end $$;

-- Returns what expressions see as `execution`.
create or replace function interlock.execution_scope(p_execution_id uuid) returns jsonb language plpgsql stable set search_path = '' as $$
begin
    return (
        select pg_catalog.jsonb_build_object('id', e.id, 'workflow', w.name, 'version', coalesce(v.version, w.current_version),
            'started_at', interlock.utc_text(e.started_at))
        from interlock.executions e
        join interlock.workflow_versions v on v.id = e.version_id
        join interlock.workflows w on w.id = e.workflow_id
        where e.id = p_execution_id);
end $$;

-- late: hold. Returns whether an assignment that is late for the previous visit is still open and can still reach the join.
create or replace function interlock.is_held_back(p_execution_id uuid, p_version_id integer, p_join_node integer, p_visit integer) returns boolean
language plpgsql stable set search_path = '' as $$
begin
    return (
        select exists (
            select from interlock.assignments o
            where o.execution_id = p_execution_id and o.parent_assignment_id is null
                and o.ended_at is null and (o.node_no < p_join_node or o.status <> 'holding'
                    and (o.wait_for is distinct from 'order' or not interlock.stands_behind_join(o.execution_id, o.node_no, o.visit)))
                and interlock.carries_mark(o, p_join_node, p_visit - 1)
                and interlock.reaches_join(p_version_id, o.node_no, p_join_node)));
end $$;

-- Finds an open assignment that can still bring a token to an empty slot of a holding visit, and that slot; no row if there is none.
-- Another holding visit counts only if its node comes before this join in compiled order, so that two joins never wait for each other; so does what is done
-- and stands behind it.
-- A plain SQL function in a from clause, so that it becomes part of the statement that calls it.
create or replace function interlock.find_witnesses(p_execution_id uuid, p_version_id integer, p_join_node integer, p_visit integer)
returns table (witness_id uuid, witness_slot integer)
language sql stable as $$
    select o.id, free.slot
    from interlock.assignments o
    cross join lateral (
        select r.from_slot, r.to_slot
        from interlock.reaches r
        where r.version_id = p_version_id and r.join_node = p_join_node and r.to_node >= o.node_no and r.from_node = (
            select max(m.from_node) from interlock.reaches m
            where m.version_id = p_version_id and m.join_node = p_join_node and m.from_node <= o.node_no)
    ) reach
    cross join lateral (
        select s.slot from pg_catalog.generate_series(reach.from_slot, reach.to_slot) s (slot)
        where not exists (
            select from interlock.tokens t
            where t.execution_id = p_execution_id and t.join_node = p_join_node and t.visit = p_visit and t.slot = s.slot)
        limit 1
    ) free
    where o.execution_id = p_execution_id and o.parent_assignment_id is null
        and o.ended_at is null and (o.node_no < p_join_node or o.status <> 'holding'
            and (o.wait_for is distinct from 'order' or not interlock.stands_behind_join(o.execution_id, o.node_no, o.visit)))
    limit 1
$$;

-- Returns whether a holding visit's witness is still open and its slot still empty, so that no new search is needed.
create or replace function interlock.holds_witness(p_execution_id uuid, p_join_node integer, p_visit integer, p_witness_id uuid, p_slot integer) returns boolean
language plpgsql stable set search_path = '' as $$
begin
    return (
        select exists (
                select from (
                    select a.ended_at, a.node_no, a.visit, a.wait_for
                    from interlock.assignments a where a.execution_id = p_execution_id and a.id = p_witness_id offset 0
                ) w
                where w.ended_at is null
                    and (w.node_no < p_join_node or w.wait_for is distinct from 'order'
                        or not interlock.stands_behind_join(p_execution_id, w.node_no, w.visit)))
            and not exists (
                select from interlock.tokens t
                where t.execution_id = p_execution_id and t.join_node = p_join_node and t.visit = p_visit and t.slot = p_slot));
end $$;

-- Returns whether a visit that is done (it waits for `order`) cannot leave before a holding visit of its ordered node. It can bring a token to no join before
-- that one goes, so it counts as that one does. Only a retry leads there: otherwise the visits of a join go in their order.
-- Caller: find_witnesses, holds_witness, is_held_back, for no other visit: most joins never call it.
create function interlock.stands_behind_join(p_execution_id uuid, p_node_no integer, p_visit integer) returns boolean
language plpgsql stable set search_path = '' as $$
begin
    return exists (
        select from interlock.assignments e
        where e.execution_id = p_execution_id and e.node_no = p_node_no and e.visit < p_visit and e.status = 'holding' and e.parent_assignment_id is null);
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

-- Retries what failed, or runs again from a node, as a new execution. Completed visits are taken over by reference; visits that the failure cancelled are
-- restored with their tokens and due times; visits that were done but had not left yet leave; failed visits begin anew with the same idempotency keys.
-- Transition: (new) execution -> running | waiting | paused | completed.
-- Caller:  an operator. A repeat creates another execution, unless it has the same idempotency key: then it returns the existing one.
-- Locks:   the old execution; its workspace against deletion; the key of its workflow's lock.
-- Errors:  IL001, IL013 bad_request (the key belongs to another execution), IL015 execution_not_ended, IL016 nothing_to_retry, IL017 lock_held,
--          IL018 version_incompatible, IL060 workspace_not_found: it was deleted, IL063 storage_full.
-- p_from_node: run again from its latest visit; left_out says what is left out. p_newest: use the workflow's current version.
create or replace function interlock.retry(p_execution_id uuid, p_from_node text default null, p_newest boolean default false, p_by text default null,
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

-- Removes what test runs ran, 7 days after it was tested. While an execution of it exists, what reading that execution needs stays: the definition, the names
-- and types of its nodes, its connections. Only what running needs goes. Without an execution all of it goes, and the workflow of a definition that was never
-- saved. One with an open execution waits.
-- Transition: swept_at is set, or the version is deleted. Caller: tick. Locks: the versions, skip locked. Errors: none. A repeat does what is left.
create function interlock.sweep_test_versions(p_limit integer, p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
declare
    v_old  integer[];
    v_gone integer[];
begin
    v_old := array(
        select v.id from interlock.workflow_versions v
        where v.kind = 'test' and v.swept_at is null and v.created_at < p_now - interval '7 days' and not exists (
            with recursive runs as (                                      -- the test run, and what retries it
                select e.id, e.version_id, e.ended_at from interlock.executions e where e.id = v.tested_by
                union all
                select e.id, e.version_id, e.ended_at from runs r join interlock.executions e on e.retried_from = r.id
            )
            select from runs r where r.version_id = v.id and r.ended_at is null)
        order by v.created_at limit p_limit
        for no key update of v skip locked);
    if cardinality(v_old) = 0 then
        return;
    end if;
    delete from interlock.reaches r where r.version_id = any (v_old);
    delete from interlock.plain_nodes p where p.version_id = any (v_old);
    delete from interlock.joining_nodes j where j.version_id = any (v_old);
    update interlock.nodes n set parameters = '{}', inline = null, lock_program = null where n.version_id = any (v_old);
    update interlock.workflow_versions v set swept_at = p_now, lock_program = null where v.id = any (v_old);

    v_gone := array(
        select v.id from interlock.workflow_versions v
        where v.id = any (v_old) and not exists (select from interlock.executions e where e.id = v.tested_by)
            and not exists (select from interlock.executions e where e.retried_from = v.tested_by));
    delete from interlock.connections c where c.version_id = any (v_gone);
    delete from interlock.nodes n where n.version_id = any (v_gone);
    with deleted as (
        delete from interlock.workflow_versions v where v.id = any (v_gone) returning v.workflow_id
    )
    delete from interlock.workflows w using deleted d
    where w.id = d.workflow_id and w.current_version = 0;
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

-- Returns how many assignments of a workspace are running; of the first one those whose queues have its id, see queue_key. Caller: what limits them, the doctor. Changes nothing.
create or replace function interlock.running_count(p_workspace_id integer) returns integer language plpgsql stable set search_path = '' as $$
begin
    return (
        select count(*)
        from interlock.queues q
        cross join lateral (
            select from interlock.assignments a where a.queue = q.key and a.status = 'running' and left(a.queue, 1) = '#' offset 0
        ) r
        where q.workspace_id = p_workspace_id);
end $$;

-- Moves everything that is due: lost workers, waits and timeouts, deadlines of executions, visits left for virtual users, locks that became free; and removes old
-- versions of test runs.
-- Transition: waiting -> completed | failed; running -> pending | failed; execution -> timed_out; and what follows from them.
-- Caller:  every worker, cron, `interlock tick`, the sweeps of cron mode. One at a time: the others return {"skipped": true}. A repeat does what is left.
-- Locks:   an advisory transaction lock; executions, skip locked. Errors: IL013 bad_request.
-- Moves at most p_limit rows of each kind. A row that raises fails alone.
create or replace function interlock.tick(p_limit integer default 500) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now  timestamptz := interlock.now();
    v_done jsonb;
begin
    perform interlock.require_read_committed();
    if p_limit is null or p_limit not between 1 and 10000 then
        perform interlock.raise_error('IL013', 'The limit of a tick must be a number from 1 to 10000.');
    end if;
    if not pg_try_advisory_xact_lock(hashtext('interlock.tick')) then
        return jsonb_build_object('skipped', true, 'next_due_seconds', null);
    end if;
    perform interlock.sweep_test_versions(p_limit, v_now);
    v_done := jsonb_build_object(
        'skipped', false,
        'lost_workers', interlock.sweep_lost_workers(p_limit, v_now),
        'timers', interlock.sweep_timers(p_limit, v_now),
        'deadlines', interlock.sweep_deadlines(p_limit, v_now),
        'virtual', interlock.sweep_virtual_users(null, p_limit, v_now),
        'unsettled', interlock.sweep_unsettled(p_limit, v_now),
        'locks', interlock.sweep_locks(p_limit, v_now));
    return v_done || jsonb_build_object('next_due_seconds', interlock.next_tick_seconds(v_now));
end $$;

-- Checks that a person may begin a draft, and returns it as it will be, with revision 0; nothing where it exists already, so that a repeat finds it.
-- Caller:  save_draft. Locks: the membership, so that one person begins one draft at a time; the workflow, against deletion.
-- Errors:  IL005 workflow_not_found, IL025 draft_changed: there is another one of this workflow, IL026 too_many_drafts, IL036 user_not_found,
--          IL063 storage_full.
create function interlock.begin_draft(p_user_id uuid, p_id uuid, p_workflow_id uuid, p_workspace_id integer, p_most integer) returns interlock.drafts
language plpgsql set search_path = '' as $$
declare
    v_draft interlock.drafts;
    v_other uuid;
begin
    perform from interlock.workspace_members m where m.user_id = p_user_id and m.workspace_id = p_workspace_id for no key update;
    if not found then
        perform interlock.raise_error('IL036', format('There is no user %s.', p_user_id));
    end if;
    if exists (select from interlock.drafts d where d.user_id = p_user_id and d.workspace_id = p_workspace_id and d.id = p_id) then
        return null;
    end if;
    if p_workflow_id is not null then
        perform from interlock.workflows w where w.id = p_workflow_id and w.workspace_id = p_workspace_id and w.deleted_at is null for share;
        if not found then
            perform interlock.raise_error('IL005', format('There is no workflow %s.', p_workflow_id));
        end if;
        select d.id into v_other from interlock.drafts d where d.workflow_id = p_workflow_id and d.user_id = p_user_id;
        if found then
            perform interlock.raise_error('IL025', 'You have another draft of this workflow, which was begun in another tab or browser.', v_other::text,
                'Read that draft, and repeat the change in it.');
        end if;
    end if;
    if (select count(*) from interlock.drafts d where d.user_id = p_user_id and d.workspace_id = p_workspace_id) >= p_most then
        perform interlock.raise_error('IL026', format('You have %s drafts in this workspace, and no more can be kept.', p_most),
            p_hint => 'Publish or discard some of them.');
    end if;
    perform interlock.require_space(p_workspace_id);
    v_draft.id := p_id;
    v_draft.workflow_id := p_workflow_id;
    v_draft.revision := 0;
    return v_draft;
end $$;

-- Deletes a draft of a person in the call's workspace, in the first one if the call is not limited.
-- Transition: a row -> none. Caller: the API, when a draft is discarded or was published. p_revision: the revision that the caller has seen; null: any.
-- Locks:   the draft. Errors: IL025 draft_changed. A repeat changes nothing, and one that does not exist is no error.
create function interlock.delete_draft(p_user_id uuid, p_id uuid, p_revision integer) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_draft interlock.drafts;
begin
    perform interlock.require_read_committed();
    select d.* into v_draft from interlock.drafts d
    where d.user_id = p_user_id and d.workspace_id = interlock.own_workspace() and d.id = p_id
    for update;
    if found and v_draft.revision <> p_revision then
        perform interlock.raise_error('IL025', format('The draft is at revision %s, not %s: it was saved in another tab or browser.', v_draft.revision,
            p_revision), v_draft.id::text, 'Read the draft before you delete it.');
    end if;
    delete from interlock.drafts d where d.user_id = p_user_id and d.workspace_id = v_draft.workspace_id and d.id = p_id;
    return jsonb_build_object('deleted', found);
end $$;

-- Returns a draft as get_draft and list_drafts do; with p_content also the definition, the text and the pins. Changes nothing.
create function interlock.draft_record(p_draft interlock.drafts, p_content boolean) returns json
language sql stable set search_path = '' as $$
    select json_build_object(
        'id', p_draft.id, 'workflow_id', p_draft.workflow_id, 'base_version', p_draft.base_version, 'name', p_draft.name, 'revision', p_draft.revision,
        'created_at', p_draft.created_at, 'updated_at', p_draft.updated_at, 'workflow', w.name, 'current_version', w.current_version,
        'definition', case when p_content then p_draft.definition end, 'text', case when p_content then p_draft.text end, 'syntax', p_draft.syntax,
        'pins', case when p_content then p_draft.pins end)
    from (select) one
    left join interlock.workflows w on w.id = p_draft.workflow_id and w.workspace_id = p_draft.workspace_id
$$;

-- Returns a draft of a person in the call's workspace, in the first one if the call is not limited. Caller: the API. Changes nothing.
-- Errors: IL024 draft_not_found, also if it belongs to somebody else.
create function interlock.get_draft(p_user_id uuid, p_id uuid) returns json
language plpgsql stable set search_path = '' as $$
declare
    v_draft interlock.drafts;
begin
    select d.* into v_draft from interlock.drafts d where d.user_id = p_user_id and d.workspace_id = interlock.own_workspace() and d.id = p_id;
    if not found then
        perform interlock.raise_error('IL024', format('There is no draft %s.', p_id), p_hint => 'It was discarded or published elsewhere.');
    end if;
    return interlock.draft_record(v_draft, true);
end $$;

-- Lists the drafts of a person in the call's workspace, in the first one if the call is not limited: without their content, those saved last first, at most
-- p_limit of those after the given position; only that of one workflow, if one is given. Caller: the API. Changes nothing.
create function interlock.list_drafts(p_user_id uuid, p_workflow_id uuid, p_after_at timestamptz, p_after_id uuid, p_limit integer) returns json
language sql stable set search_path = '' as $$
    select coalesce(json_agg(interlock.draft_record(found, false) order by found.updated_at desc, found.id desc), '[]')
    from (select d.*
          from interlock.drafts d
          where d.user_id = p_user_id and d.workspace_id = interlock.own_workspace() and (p_workflow_id is null or d.workflow_id = p_workflow_id)
              and (p_after_at is null or (d.updated_at, d.id) < (p_after_at, p_after_id))
          order by d.updated_at desc, d.id desc
          limit p_limit) found
$$;

-- What the role interlock_reader sees of drafts and editors, see reading/policies.sql. Functions that the owner of the tables runs read them.
alter table interlock.drafts enable row level security;
create policy own on interlock.drafts for select using (workspace_id = interlock.current_workspace());

alter table interlock.editors enable row level security;
create policy own on interlock.editors for select using (workspace_id = interlock.current_workspace());

-- Notes that a person has a workflow open in the builder, or no longer, and returns who else has: by name, those who said so within the last 30 seconds.
-- Transition: none; a row of editors. Caller: the API, for each open builder every 10 seconds.
-- Locks:   the person's own row; rows that no longer count, skip locked. Errors: IL005 workflow_not_found. A repeat changes the time only.
create function interlock.report_editing(p_user_id uuid, p_workflow_id uuid, p_leaves boolean default false) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_counts_for constant interval := '30 seconds';
    v_now        timestamptz := interlock.now();
    v_workflow   interlock.workflows;
begin
    perform interlock.require_read_committed();
    select w.* into v_workflow from interlock.workflows w
    where w.id = p_workflow_id and w.deleted_at is null and w.workspace_id = interlock.own_workspace();
    if not found then
        perform interlock.raise_error('IL005', format('There is no workflow %s.', p_workflow_id));
    end if;
    if p_leaves then
        delete from interlock.editors e where e.workflow_id = p_workflow_id and e.user_id = p_user_id;
    else
        insert into interlock.editors as e (workflow_id, user_id, workspace_id, since, seen_at)
        select p_workflow_id, m.user_id, m.workspace_id, v_now, v_now
        from interlock.workspace_members m where m.user_id = p_user_id and m.workspace_id = v_workflow.workspace_id
        on conflict (workflow_id, user_id) do update
        set seen_at = v_now, since = case when e.seen_at < v_now - v_counts_for then v_now else e.since end;
    end if;
    delete from interlock.editors e
    where (e.workflow_id, e.user_id) in (
        select o.workflow_id, o.user_id from interlock.editors o
        where o.workflow_id = p_workflow_id and o.seen_at < v_now - v_counts_for
        for update skip locked);
    return jsonb_build_object(
        'current_version', v_workflow.current_version,
        'version_created_by', (select v.created_by from interlock.workflow_versions v
                               where v.workflow_id = p_workflow_id and v.version = v_workflow.current_version),
        'editors', (
            select coalesce(jsonb_agg(jsonb_build_object('user_id', u.id, 'name', coalesce(nullif(u.name, ''), u.email), 'since', e.since)
                       order by e.since, u.id), '[]')
            from interlock.editors e
            join interlock.users u on u.id = e.user_id
            where e.workflow_id = p_workflow_id and e.workspace_id = v_workflow.workspace_id and e.user_id <> p_user_id
                and e.seen_at >= v_now - v_counts_for));
end $$;

-- Saves the draft of a person in the call's workspace, in the first one if the call is not limited.
-- Transition: none -> revision 1; revision n -> n + 1.
-- Caller:  the API, while somebody types. p_revision: the revision that the caller has seen; 0: the draft is new. p_workflow_id and p_base_version belong to
--          the workflow that it changes. p_pins null: they stay as they are.
-- Locks:   of a new draft the membership, then the workflow against deletion; the draft.
-- Errors:  IL005 workflow_not_found, IL013 bad_request: too large, or a version without a workflow, IL024 draft_not_found: it was deleted meanwhile, IL025 draft_changed: another tab saved
--          it, or began one of this workflow, IL026 too_many_drafts, IL036 user_not_found, IL063 storage_full.
--          A repeat with the same content returns the same revision and changes nothing.
create function interlock.save_draft(
    p_user_id uuid, p_id uuid, p_workflow_id uuid, p_base_version integer, p_definition json, p_text text, p_syntax text, p_pins json, p_revision integer
) returns json
language plpgsql set search_path = '' as $$
declare
    v_most_drafts constant integer := 100;
    v_most_bytes  constant integer := 8388608;
    v_now         timestamptz := interlock.now();
    v_workspace   integer := interlock.own_workspace();
    v_name        text := case when json_typeof(p_definition -> 'name') = 'string' then left(p_definition ->> 'name', 100) else '' end;
    v_draft       interlock.drafts;
begin
    perform interlock.require_read_committed();
    if coalesce(octet_length(p_definition::text), 0) + coalesce(octet_length(p_text), 0) + coalesce(octet_length(p_pins::text), 0) > v_most_bytes then
        perform interlock.raise_error('IL013', format('A draft holds at most %s with its pinned outputs.', pg_size_pretty(v_most_bytes::bigint)),
            p_hint => 'Remove pinned outputs, or keep large texts in files.');
    end if;
    if p_revision = 0 then
        v_draft := interlock.begin_draft(p_user_id, p_id, p_workflow_id, v_workspace, v_most_drafts);
    end if;
    if v_draft.id is null then
        select d.* into v_draft from interlock.drafts d
        where d.user_id = p_user_id and d.workspace_id = v_workspace and d.id = p_id
        for no key update;
    end if;
    if v_draft.id is null then
        perform interlock.raise_error('IL024', format('There is no draft %s.', p_id), p_hint => 'It was discarded or published elsewhere.');
    elsif v_draft.revision = p_revision + 1 and v_draft.base_version is not distinct from p_base_version
        and v_draft.definition::text is not distinct from p_definition::text and v_draft.text is not distinct from p_text
        and v_draft.syntax is not distinct from p_syntax and v_draft.pins::text = coalesce(p_pins::text, v_draft.pins::text)
    then
        return interlock.draft_record(v_draft, false);                    -- the first answer was lost
    elsif v_draft.revision <> p_revision then
        perform interlock.raise_error('IL025', format('The draft is at revision %s, not %s: it was saved in another tab or browser.', v_draft.revision,
            p_revision), v_draft.id::text, 'Read the draft, and repeat the change in it.');
    end if;
    if p_base_version is not null and v_draft.workflow_id is null then
        perform interlock.raise_error('IL013', format('The draft %s is of a workflow that does not exist yet, so it is based on no version.', p_id),
            p_hint => 'Begin another draft for the workflow.');
    end if;
    insert into interlock.drafts as d (id, user_id, workspace_id, workflow_id, base_version, name, definition, text, syntax, pins, revision, created_at, updated_at)
    values (p_id, p_user_id, v_workspace, v_draft.workflow_id, p_base_version, v_name, p_definition, p_text, p_syntax, coalesce(p_pins, '{}'), 1, v_now, v_now)
    on conflict (user_id, workspace_id, id) do update set base_version = excluded.base_version, name = excluded.name, definition = excluded.definition,
        text = excluded.text, syntax = excluded.syntax, pins = coalesce(p_pins, d.pins), revision = d.revision + 1, updated_at = excluded.updated_at
    returning d.* into v_draft;
    return interlock.draft_record(v_draft, false);
end $$;

-- Returns the statements that give the role interlock_reader what it needs, as far as it does not have it: first those that only somebody who may make roles
-- can run, then those of the owner of the schema. Without any of it, or if the user may not become the role, reads rely on their conditions alone.
-- Caller:  give_rights, `interlock doctor`. Changes nothing.
create or replace function interlock.missing_rights() returns text[] language sql stable set search_path = '' as $$
    select coalesce(array_agg(r.statement order by r.place, r.statement), '{}')
    from (
        select 1 as place, 'create role interlock_reader nologin' as statement where to_regrole('interlock_reader') is null
        union all
        select 2, format('grant interlock_reader to %I', current_user)
                  || case when current_setting('server_version_num')::integer >= 160000 then ' with inherit false, set true' else '' end
        where not (select u.rolsuper from pg_catalog.pg_roles u where u.rolname = current_user) and not interlock.may_become_reader()
        union all
        select 3, format('grant execute on function %s to interlock_reader', p.oid::regprocedure)
        from pg_catalog.pg_proc p
        where p.pronamespace = 'interlock'::regnamespace and not coalesce(has_function_privilege(to_regrole('interlock_reader'), p.oid, 'execute'), false)
            and p.proname in ('now', 'current_workspace', 'own_workspace', 'visible_workspaces', 'scoped_name', 'unscoped_name', 'queue_key', 'workspace_of', 'running_count',
                'find_workflow', 'list_executions', 'count_executions', 'execution_output', 'output_of', 'input_of', 'merged_inputs', 'run_data_page')
        union all
        select 4, format('grant select on interlock.%I to interlock_reader', c.relname)
        from pg_catalog.pg_class c
        where c.relnamespace = 'interlock'::regnamespace and not coalesce(has_table_privilege(to_regrole('interlock_reader'), c.oid, 'select'), false)
            and c.relname in ('test_clock', 'workflows', 'workflow_versions', 'nodes', 'connections', 'executions', 'assignments', 'tokens',
                'assignment_attempts', 'audit_log', 'workers', 'queues', 'assignment_details', 'claimable_assignments', 'claimable_special_assignments', 'timers',
                'assignment_timers', 'virtual_user_timers', 'deadline_timers', 'unsettled_timers', 'lease_timers')
        union all
        -- nothing that is secret: no password, no ciphertext
        select 5, format('grant select (%s) on interlock.%I to interlock_reader', g.columns, g.table_name)
        from (values
            ('workspaces', 'id, name, deleted_at, max_running, max_stored_bytes, stored_bytes, stored_measured_at'),
            ('workspace_members', 'user_id, workspace_id'), ('users', 'id, name, is_system'),
            ('credentials', 'workspace_id, name, kind')) g (table_name, columns)
        where exists (
            select from unnest(string_to_array(g.columns, ', ')) a (name)
            where not coalesce(has_column_privilege(to_regrole('interlock_reader'), format('interlock.%I', g.table_name), a.name, 'select'), false))
        union all
        -- last: reads take the role from here on
        select 6, 'grant usage on schema interlock to interlock_reader'
        where not coalesce(has_schema_privilege(to_regrole('interlock_reader'), 'interlock', 'usage'), false)
    ) r
$$;

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
