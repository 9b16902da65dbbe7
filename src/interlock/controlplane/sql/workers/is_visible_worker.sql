-- Returns whether a call may use a worker: one that is limited to a workspace only those that serve this workspace alone.
create function interlock.is_visible_worker(p_worker interlock.workers) returns boolean language sql stable as $$
    select interlock.current_workspace() is null or (p_worker).workspaces = array[interlock.current_workspace()]
$$;
