-- Deletes a workflow: it is no longer listed and cannot be started, and its name is free. Its versions and executions stay, and running executions go on;
-- drafts of it are deleted.
-- Transition: deleted_at is set. Caller: the API.
-- Locks:   the workflow's row.
-- Errors:  IL005 workflow_not_found (also on a repeat), IL019 version_conflict.
create function interlock.delete_workflow(p_workflow_id uuid, p_expected_version integer default null, p_by text default null) returns jsonb
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
