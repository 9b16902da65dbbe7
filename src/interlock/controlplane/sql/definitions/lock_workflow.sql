-- Locks one workflow and returns it. Caller: update_workflow, delete_workflow. Errors: IL005, also if it was deleted or belongs to another workspace.
create function interlock.lock_workflow(p_workflow_id uuid) returns interlock.workflows
language plpgsql set search_path = '' as $$
declare
    v_workflow interlock.workflows;
begin
    perform interlock.require_read_committed();
    select * into v_workflow from interlock.workflows w
    where w.id = p_workflow_id and w.deleted_at is null and w.workspace_id = coalesce(interlock.current_workspace(), w.workspace_id)
    for no key update;
    if not found then
        perform interlock.raise_error('IL005', format('There is no workflow %s.', p_workflow_id));
    end if;
    return v_workflow;
end $$;
