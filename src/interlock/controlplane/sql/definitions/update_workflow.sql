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
