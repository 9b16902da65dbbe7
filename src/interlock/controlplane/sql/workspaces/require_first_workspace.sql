-- Raises IL031 not_allowed in a call that is limited to another workspace than the first one, whose admins administer the installation.
-- Caller: what changes workspaces. Changes nothing.
create function interlock.require_first_workspace() returns void language plpgsql stable set search_path = '' as $$
begin
    if interlock.current_workspace() <> 1 then
        perform interlock.raise_error('IL031', 'Only an admin of the workspace default may do this.', p_hint => 'Ask one of its admins.');
    end if;
end $$;
