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
