-- Raises IL061 workspace_in_use if a workspace has workflows, or executions that have not ended, and says how many. Volatile, so that it reads what was
-- committed while the caller waited.
create function interlock.require_unused_workspace(p_workspace interlock.workspaces) returns void language plpgsql volatile set search_path = '' as $$
declare
    v_workflows  bigint := (select count(*) from interlock.workflows w where w.workspace_id = p_workspace.id and w.deleted_at is null);
    v_executions bigint;
begin
    -- of deleted workflows too; they are found by their workflow, for which there is an index
    select count(*) into v_executions
    from interlock.workflows w
    join interlock.executions e on e.workflow_id = w.id and e.status in ('pending', 'running', 'waiting', 'paused')
    where w.workspace_id = p_workspace.id;
    if v_workflows > 0 or v_executions > 0 then
        perform interlock.raise_error('IL061',
            format('The workspace %s cannot be deleted: workflows: %s, open executions: %s.', p_workspace.name, v_workflows, v_executions),
            p_hint => 'Let the executions end or cancel them, and delete the workflows.');
    end if;
end $$;
