-- Saves a definition, compiled, as a version of the workflow of that name.
-- Transition: (new) version, which becomes the current one.
-- Caller:  deploy, the API. A repeat with the same content answers with the version that there is, and makes it the current one.
-- Locks:   the workflow's row.
-- Errors:  IL014 definition_not_compiled.
create function interlock.save_workflow(p_name text, p_definition jsonb, p_compiled jsonb, p_checksum text, p_tags text[] default '{}') returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now      timestamptz := interlock.now();
    v_workflow interlock.workflows;
    v_version  interlock.workflow_versions;
    v_created  boolean := false;
begin
    perform interlock.require_read_committed();
    if jsonb_typeof(p_compiled -> 'nodes') is distinct from 'array' or jsonb_typeof(p_compiled -> 'connections') is distinct from 'array' then
        perform interlock.raise_error('IL014', 'The definition comes without its compiled form.', p_hint => 'Save it through interlock deploy.');
    end if;
    insert into interlock.workflows (id, name, current_version, created_at, updated_at)
    values (interlock.uuidv7(), p_name, 0, v_now, v_now)
    on conflict (name) do nothing;
    select * into v_workflow from interlock.workflows w where w.name = p_name for no key update;

    select * into v_version from interlock.workflow_versions v where v.workflow_id = v_workflow.id and v.checksum = p_checksum;
    if not found then
        v_created := true;
        insert into interlock.workflow_versions (workflow_id, version, checksum, semantics, definition, tags, virtual_users, lock_program,
            timeout_seconds, has_joins, has_counts, has_ordered, has_locks, created_at)
        select v_workflow.id,
               (select coalesce(max(v.version), 0) + 1 from interlock.workflow_versions v where v.workflow_id = v_workflow.id),
               p_checksum, coalesce((p_definition ->> 'semantics')::integer, 1), p_definition, p_tags,
               coalesce(p_definition ->> 'virtual_users', 'inline'), nullif(p_compiled -> 'lock_program', 'null'),
               (p_definition ->> 'timeout_seconds')::double precision,
               coalesce(bool_or(n ->> 'join_kind' in ('all', 'first', 'count')), false),
               coalesce(bool_or(n ->> 'join_kind' in ('first', 'count')), false),
               coalesce(bool_or((n ->> 'ordered')::boolean), false),
               coalesce(bool_or(jsonb_typeof(n -> 'lock_program') = 'object'), false) or jsonb_typeof(p_compiled -> 'lock_program') = 'object',
               v_now
        from jsonb_array_elements(p_compiled -> 'nodes') n
        returning * into v_version;

        insert into interlock.nodes (version_id, node_no, node_id, name, type, subtype, kind, queue, join_kind, join_count, late, slot_count,
            ordered, is_repeatable, is_indexed, on_error, max_attempts, retry_initial_seconds, retry_multiplier, retry_max_seconds, retry_jitter,
            timeout_seconds, max_visits, lock_program, inline, parameters, needs, uses_context, ends, by_cron)
        select v_version.id, n.node_no, n.node_id, coalesce(n.name, n.node_id), n.type, n.subtype, n.kind, n.queue, n.join_kind, n.join_count,
               n.late, n.slot_count, n.ordered, n.is_repeatable, n.is_indexed or coalesce(n.join_kind, 'each') <> 'each', n.on_error,
               n.max_attempts, n.retry_initial_seconds, n.retry_multiplier, n.retry_max_seconds, n.retry_jitter, n.timeout_seconds, n.max_visits,
               nullif(n.lock_program, 'null'), nullif(n.inline, 'null'), n.parameters, n.needs, n.uses_context, n.ends,
               v_version.virtual_users = 'cron'
        from jsonb_to_recordset(p_compiled -> 'nodes') n (node_no integer, node_id text, name text, type text, subtype text, kind text,
            queue text, join_kind text, join_count integer, late text, slot_count integer, ordered boolean, is_repeatable boolean,
            is_indexed boolean, on_error text, max_attempts integer, retry_initial_seconds double precision,
            retry_multiplier double precision, retry_max_seconds double precision, retry_jitter double precision,
            timeout_seconds double precision, max_visits integer, lock_program jsonb, inline jsonb, parameters jsonb, needs integer[],
            uses_context boolean, ends boolean);

        insert into interlock.connections (version_id, connection_no, from_node, port, to_node, slot, type)
        select v_version.id, c.connection_no, c.from_node, c.port, c.to_node, c.slot, c.type
        from jsonb_to_recordset(p_compiled -> 'connections') c (connection_no integer, from_node integer, port text, to_node integer,
            slot integer, type text);

        insert into interlock.reaches (version_id, join_node, from_node, to_node, from_slot, to_slot)
        select v_version.id, r.join_node, r.from_node, r.to_node, r.from_slot, r.to_slot
        from jsonb_to_recordset(p_compiled -> 'reaches') r (join_node integer, from_node integer, to_node integer, from_slot integer,
            to_slot integer);
    end if;
    update interlock.workflows w set current_version = v_version.version, updated_at = v_now
    where w.id = v_workflow.id and w.current_version <> v_version.version;
    return jsonb_build_object('workflow_id', v_workflow.id, 'version', v_version.version, 'version_id', v_version.id, 'created', v_created);
end $$;
