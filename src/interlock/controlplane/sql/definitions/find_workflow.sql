-- Returns the id of the workflow with this id or name, or null; deleted workflows are not found. Changes nothing.
create function interlock.find_workflow(p_workflow text) returns uuid
language plpgsql stable set search_path = '' as $$
declare
    v_id uuid;
begin
    select w.id into v_id from interlock.workflows w where w.name = p_workflow and w.deleted_at is null;
    if v_id is null and p_workflow ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
        select w.id into v_id from interlock.workflows w where w.id = p_workflow::uuid and w.deleted_at is null;
    end if;
    return v_id;
end $$;
