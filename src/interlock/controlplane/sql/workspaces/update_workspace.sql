-- Changes the name and the limits of a workspace. p_changes has the new values by the names of the columns; what it lacks stays, null takes a limit away.
-- p_by_user: whose role in it the answer says, or null.
-- Caller:  an admin of the first workspace, which keeps its name.
-- Locks:   the workspace; for a limit on what runs in the first one see carry_first_workspace.
-- Errors:  IL013 bad_request, IL021 name_taken, IL031 not_allowed (in a call of another workspace than the first), IL060 workspace_not_found.
-- A repeat changes nothing more.
create function interlock.update_workspace(p_workspace_id integer, p_changes jsonb, p_by_user uuid, p_by text) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_before interlock.workspaces;
    v_after  interlock.workspaces;
begin
    perform interlock.require_read_committed();
    perform interlock.require_first_workspace();
    select w.* into v_before from interlock.workspaces w where w.id = p_workspace_id and w.deleted_at is null for no key update;
    if v_before.id is null then
        perform interlock.raise_error('IL060', format('There is no workspace %s.', p_workspace_id));
    end if;
    if p_changes ? 'name' then
        perform interlock.require_workspace_name(p_changes ->> 'name');
        if p_workspace_id = 1 and p_changes ->> 'name' <> v_before.name then
            perform interlock.raise_error('IL013', format('The workspace %s keeps its name.', v_before.name));
        end if;
    end if;
    begin
        update interlock.workspaces w
        set name = case when p_changes ? 'name' then p_changes ->> 'name' else w.name end,
            max_requests = case when p_changes ? 'max_requests' then (p_changes ->> 'max_requests')::integer else w.max_requests end,
            max_streams = case when p_changes ? 'max_streams' then (p_changes ->> 'max_streams')::integer else w.max_streams end,
            max_running = case when p_changes ? 'max_running' then (p_changes ->> 'max_running')::integer else w.max_running end,
            max_stored_bytes = case when p_changes ? 'max_stored_bytes' then (p_changes ->> 'max_stored_bytes')::bigint else w.max_stored_bytes end
        where w.id = p_workspace_id
        returning * into v_after;
    exception
        when unique_violation then
            perform interlock.raise_error('IL021', format('There is already a workspace named %s.', p_changes ->> 'name'), p_hint => 'Give it another name.');
        when check_violation or data_exception then
            perform interlock.raise_error('IL013', 'A limit of a workspace is a whole number from 1.', p_hint => 'null takes a limit away.');
    end;
    if p_workspace_id = 1 and v_after.max_running is not null then
        perform interlock.carry_first_workspace();
    end if;
    perform interlock.record_audit('update_workspace', p_by,
        jsonb_build_object('workspace_id', p_workspace_id, 'name', v_after.name, 'changes', p_changes), interlock.now());
    return interlock.workspace_record(v_after, p_by_user);
end $$;
