-- Returns the id of the workflow with this id or name, or null; deleted workflows are not found. Changes nothing.
-- A name is looked for in the workspace of the call, in the first one if the call is not limited.
create function interlock.find_workflow(p_workflow text) returns uuid
language plpgsql stable set search_path = '' as $$
declare
    v_id uuid;
begin
    select w.id into v_id from interlock.workflows w
    where w.workspace_id = interlock.own_workspace() and w.name = p_workflow and w.deleted_at is null;
    if v_id is null and p_workflow ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
        select w.id into v_id from interlock.workflows w
        where w.id = p_workflow::uuid and w.deleted_at is null and w.workspace_id = coalesce(interlock.current_workspace(), w.workspace_id);
    end if;
    return v_id;
end $$;
