-- Gives the queues of the first workspace keys with its id, as those of others have, so that what runs there is found by an index and can be limited. The
-- keys stay when the limit is taken away: assignments may have them that a transaction is just making, and a worker that no longer knew such a key would
-- never claim them. A start that is under way meanwhile makes an assignment with the old key, which workers go on claiming and which does not count.
-- Transition: none; the keys of nodes, open assignments and workers.
-- Caller:  update_workspace, when the first workspace gets a limit. Errors: none. A repeat changes nothing.
-- Locks:   advisory transaction locks of the keys and of queue_lock; the open executions of the workspace, by id.
create function interlock.carry_first_workspace() returns void language plpgsql set search_path = '' as $$
declare
    v_keys  text[];
    v_names text[];
begin
    perform pg_advisory_xact_lock(hashtextextended('interlock.queue_keys', 0));
    if not exists (select from interlock.queues q where q.workspace_id = 1 and left(q.key, 1) <> '#') then
        return;                                                           -- nothing was deployed yet
    end if;
    perform from interlock.executions e where e.workspace_id = 1 and e.status = any ('{pending,running,waiting,paused}') order by e.id for no key update;
    perform pg_advisory_xact_lock(interlock.queue_lock());
    insert into interlock.queues (key, workspace_id, name)
    select '#1:' || q.name, 1, q.name from interlock.queues q where q.workspace_id = 1
    on conflict do nothing;
    select array_agg('#1:' || q.name), array_agg(q.name) into v_keys, v_names from interlock.queues q where q.workspace_id = 1 and left(q.key, 1) <> '#';
    update interlock.nodes n set queue = '#1:' || n.queue where n.queue = any (v_names);
    update interlock.plain_nodes n set queue = '#1:' || n.queue where n.queue = any (v_names);
    update interlock.assignments a set queue = '#1:' || a.queue
    from interlock.executions e
    where e.workspace_id = 1 and e.status = any ('{pending,running,waiting,paused}') and a.execution_id = e.id and a.ended_at is null and a.queue = any (v_names);
    update interlock.workers w
    set queue_keys = interlock.keys_of_queues(w.queues, w.workspaces)
    where w.status = 'alive' and w.queues && v_names;
    perform pg_notify('workflow_changes', array_to_string(v_keys, ','));
end $$;
