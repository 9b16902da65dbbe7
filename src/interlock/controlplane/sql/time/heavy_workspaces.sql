-- Returns the workspaces that have a tenth or more of what a sweep found: they get their share. Caller: the sweeps. Changes nothing.
create function interlock.heavy_workspaces(p_executions uuid[]) returns integer[] language plpgsql stable set search_path = '' as $$
begin
    return array(
        select e.workspace_id
        from unnest(p_executions) x (id)
        join interlock.executions e on e.id = x.id
        group by e.workspace_id
        having count(*) * 10 >= cardinality(p_executions));
end $$;
