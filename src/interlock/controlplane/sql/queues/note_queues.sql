-- Notes the queues that a new version names, and tells the workers that serve queues of these names.
-- Transition: none. Caller: keep_version. Locks: queue_lock, if a queue is new; the rows of these workers. A repeat changes nothing.
create function interlock.note_queues(p_version_id integer, p_workspace_id integer) returns void
language plpgsql set search_path = '' as $$
declare
    v_keys  text[];
    v_names text[];
begin
    select array_agg(n.queue order by n.queue), array_agg(interlock.unscoped_name(n.queue)) into v_keys, v_names
    from (select distinct n.queue from interlock.nodes n where n.version_id = p_version_id) n
    where not exists (select from interlock.queues q where q.key = n.queue);
    if v_keys is null then
        return;
    end if;
    perform pg_advisory_xact_lock(interlock.queue_lock());
    insert into interlock.queues (key, workspace_id, name)
    select k.key, p_workspace_id, interlock.unscoped_name(k.key) from unnest(v_keys) k (key)
    on conflict do nothing;
    update interlock.workers w
    set queue_keys = interlock.keys_of_queues(w.queues, w.workspaces)
    where w.status = 'alive' and w.queues && v_names and w.queue_keys is distinct from interlock.keys_of_queues(w.queues, w.workspaces);
    if found then                                                         -- an idle one says with its next exchange that it has capacity for them
        perform pg_notify('workflow_changes', array_to_string(v_keys, ','));
    end if;
end $$;
