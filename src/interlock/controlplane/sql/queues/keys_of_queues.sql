-- Returns the keys of the queues that a worker serves by these names: those of all workspaces, or of the given ones. Null: each name is its own key, as long
-- as no workspace but the first one has a queue of such a name. Caller: register_worker, note_queues, with the lock of queue_lock. Changes nothing.
create function interlock.keys_of_queues(p_names text[], p_workspaces integer[]) returns text[] language plpgsql stable set search_path = '' as $$
begin
    return (
        select case
            when p_workspaces is not null or bool_or(q.key <> q.name) or exists (select from unnest(p_names) n (name) where left(n.name, 1) = '#')
                then coalesce(array_agg(q.key order by q.key collate "C"), '{}') end
        from interlock.queues q
        where q.name = any (p_names) and (p_workspaces is null or q.workspace_id = any (p_workspaces)));
end $$;
