-- Returns executions of workflows in cron mode that have a join which holds, in turn for each workspace, any of them. Caller: workflow_consensus_holding.
create function interlock.find_holding_around(p_limit integer) returns uuid[]
language plpgsql set search_path = '' as $$
declare
    v_began timestamptz := clock_timestamp();
    v_all   jsonb := interlock.light_versions('{}');
    v_found uuid[];
begin
    select array_agg(h.execution_id) into v_found
    from (
        select d.execution_id, row_number() over (partition by v_all -> d.version_id::text order by random()) as turn
        from (
            select distinct a.execution_id, a.version_id
            from interlock.assignments a
            join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no and n.by_cron
            where a.status = 'holding'
        ) d
        order by turn limit p_limit
    ) h;
    perform interlock.note_look('holding', v_began);
    return v_found;
end $$;
