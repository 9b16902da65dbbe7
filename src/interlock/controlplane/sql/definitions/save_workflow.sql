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
