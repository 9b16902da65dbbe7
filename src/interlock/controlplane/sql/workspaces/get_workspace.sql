-- Returns a workspace of a person, with their role in it; with p_all, any. A call that is limited to a workspace finds only that one.
-- Errors: IL060 workspace_not_found, also for one that the person is no member of.
create function interlock.get_workspace(p_workspace_id integer, p_user_id uuid, p_all boolean) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    v_workspace interlock.workspaces;
begin
    select w.* into v_workspace
    from interlock.workspaces w
    where w.id = p_workspace_id and w.deleted_at is null and w.id = coalesce(interlock.current_workspace(), w.id)
      and (p_all or exists (select from interlock.workspace_members m where m.user_id = p_user_id and m.workspace_id = w.id));
    if v_workspace.id is null then
        perform interlock.raise_error('IL060', format('There is no workspace %s.', p_workspace_id));
    end if;
    return interlock.workspace_record(v_workspace, p_user_id);
end $$;
