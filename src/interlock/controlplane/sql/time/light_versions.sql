-- Returns the versions of all workspaces but the heavy ones, as keys of an object whose values are the ids of the workspaces. What is due names its version,
-- so that a look need not read the execution of each row. Caller: the sweeps. Changes nothing.
create function interlock.light_versions(p_heavy integer[]) returns jsonb language plpgsql stable set search_path = '' as $$
begin
    return (
        select coalesce(jsonb_object_agg(v.id, w.workspace_id), '{}')
        from interlock.workflows w
        join interlock.workflow_versions v on v.workflow_id = w.id
        where w.workspace_id <> all (p_heavy));
end $$;
