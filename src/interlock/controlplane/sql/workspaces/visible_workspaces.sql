-- Returns the workspaces that this transaction may see: the one that it is limited to, else all of them. Changes nothing.
create function interlock.visible_workspaces() returns integer[] language sql stable as $$
    select case when interlock.current_workspace() is null
        then array(select w.id from interlock.workspaces w)
        else array[interlock.current_workspace()] end
$$;
