-- Returns how many assignments of a workspace are running; of the first one those whose queues have its id, see queue_key. Caller: what limits them, the doctor. Changes nothing.
create function interlock.running_count(p_workspace_id integer) returns integer language plpgsql stable set search_path = '' as $$
begin
    return (
        select count(*)
        from interlock.queues q
        cross join lateral (
            select from interlock.assignments a where a.queue = q.key and a.status = 'running' and left(a.queue, 1) = '#' offset 0
        ) r
        where q.workspace_id = p_workspace_id);
end $$;
