-- Returns a version with its compiled nodes and connections, as workers cache it. Changes nothing.
-- p_with_workspace: returns the id of its workspace, too; workers from before there were workspaces take no answer with it.
-- Errors: IL003 version_not_found, also if it belongs to another workspace.
create function interlock.get_version(p_version_id integer, p_with_workspace boolean default false) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    v_version jsonb;
begin
    select jsonb_build_object(
        'workflow', w.name, 'workflow_id', w.id, 'version', coalesce(v.version, w.current_version), 'version_id', v.id, 'definition', v.definition,
        'nodes', (select jsonb_agg(to_jsonb(n) - 'version_id' || jsonb_build_object('queue', interlock.unscoped_name(n.queue), 'is_plain',
                      p.branch_count is not null, 'plain_next', case when p.branch_count = 1 then p.next_node end) order by n.node_no)
                  from interlock.nodes n
                  left join interlock.plain_nodes p on p.version_id = n.version_id and p.node_no = n.node_no and p.branch = 1
                  where n.version_id = v.id),
        'connections', (select coalesce(jsonb_agg(to_jsonb(c) - 'version_id' order by c.connection_no), '[]')
                        from interlock.connections c where c.version_id = v.id))
        || case when p_with_workspace then jsonb_build_object('workspace_id', w.workspace_id) else '{}' end
    into v_version
    from interlock.workflow_versions v
    join interlock.workflows w on w.id = v.workflow_id
    where v.id = p_version_id and w.workspace_id = coalesce(interlock.current_workspace(), w.workspace_id);
    if v_version is null then
        perform interlock.raise_error('IL003', format('There is no version with the id %s.', p_version_id));
    end if;
    return v_version;
end $$;
