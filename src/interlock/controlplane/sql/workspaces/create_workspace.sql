-- Creates a workspace; who makes it becomes its admin. Caller: an admin of the first workspace, or the command line on the database, with nobody as its admin.
-- p_by_user: the person who makes it, or null. Locks: the new rows, the person.
-- Errors:  IL013 bad_request, IL021 name_taken, IL031 not_allowed (in a call of another workspace than the first), IL036 user_not_found. A repeat is refused.
create function interlock.create_workspace(p_name text, p_by_user uuid, p_by text) returns jsonb language plpgsql set search_path = '' as $$
declare
    v_now       timestamptz := interlock.now();
    v_workspace interlock.workspaces;
begin
    perform interlock.require_read_committed();
    perform interlock.require_first_workspace();
    perform interlock.require_workspace_name(p_name);
    if p_by_user is not null then
        perform interlock.lock_user(p_by_user);
    end if;
    insert into interlock.workspaces (name, created_at, created_by) values (p_name, v_now, p_by)
    on conflict (name) where deleted_at is null do nothing
    returning * into v_workspace;
    if v_workspace.id is null then
        perform interlock.raise_error('IL021', format('There is already a workspace named %s.', p_name), p_hint => 'Give it another name.');
    end if;
    if p_by_user is not null then
        insert into interlock.workspace_members (user_id, workspace_id, role, created_at) values (p_by_user, v_workspace.id, 'admin', v_now);
    end if;
    perform interlock.record_audit('create_workspace', p_by, jsonb_build_object('workspace_id', v_workspace.id, 'name', p_name), v_now);
    return interlock.workspace_record(v_workspace, p_by_user);
end $$;
