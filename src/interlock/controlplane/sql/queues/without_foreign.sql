-- Returns the results without the ids of those that name an execution of a workspace that the worker does not serve: for it there is no such execution.
-- Caller: exchange, for a worker that serves some workspaces. Changes nothing.
create function interlock.without_foreign(p_results jsonb, p_workspaces integer[]) returns jsonb language plpgsql stable set search_path = '' as $$
declare
    c_nobody constant jsonb := '{"execution_id": "00000000-0000-0000-0000-000000000000"}';
begin
    return (
        select coalesce(jsonb_agg(case when e.workspace_id <> all (p_workspaces) then r.item || c_nobody else r.item end order by r.ord), '[]')
        from jsonb_array_elements(p_results) with ordinality r (item, ord)
        left join interlock.executions e on e.id = interlock.uuid_or_null(r.item ->> 'execution_id'));
end $$;
