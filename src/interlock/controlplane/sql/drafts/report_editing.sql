-- Notes that a person has a workflow open in the builder, or no longer, and returns who else has: by name, those who said so within the last 30 seconds.
-- Transition: none; a row of editors. Caller: the API, for each open builder every 10 seconds.
-- Locks:   the person's own row; rows that no longer count, skip locked. Errors: IL005 workflow_not_found. A repeat changes the time only.
create function interlock.report_editing(p_user_id uuid, p_workflow_id uuid, p_leaves boolean default false) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_counts_for constant interval := '30 seconds';
    v_now        timestamptz := interlock.now();
    v_workflow   interlock.workflows;
begin
    perform interlock.require_read_committed();
    select w.* into v_workflow from interlock.workflows w
    where w.id = p_workflow_id and w.deleted_at is null and w.workspace_id = interlock.own_workspace();
    if not found then
        perform interlock.raise_error('IL005', format('There is no workflow %s.', p_workflow_id));
    end if;
    if p_leaves then
        delete from interlock.editors e where e.workflow_id = p_workflow_id and e.user_id = p_user_id;
    else
        insert into interlock.editors as e (workflow_id, user_id, workspace_id, since, seen_at)
        select p_workflow_id, m.user_id, m.workspace_id, v_now, v_now
        from interlock.workspace_members m where m.user_id = p_user_id and m.workspace_id = v_workflow.workspace_id
        on conflict (workflow_id, user_id) do update
        set seen_at = v_now, since = case when e.seen_at < v_now - v_counts_for then v_now else e.since end;
    end if;
    delete from interlock.editors e
    where (e.workflow_id, e.user_id) in (
        select o.workflow_id, o.user_id from interlock.editors o
        where o.workflow_id = p_workflow_id and o.seen_at < v_now - v_counts_for
        for update skip locked);
    return jsonb_build_object(
        'current_version', v_workflow.current_version,
        'version_created_by', (select v.created_by from interlock.workflow_versions v
                               where v.workflow_id = p_workflow_id and v.version = v_workflow.current_version),
        'editors', (
            select coalesce(jsonb_agg(jsonb_build_object('user_id', u.id, 'name', coalesce(nullif(u.name, ''), u.email), 'since', e.since)
                       order by e.since, u.id), '[]')
            from interlock.editors e
            join interlock.users u on u.id = e.user_id
            where e.workflow_id = p_workflow_id and e.workspace_id = v_workflow.workspace_id and e.user_id <> p_user_id
                and e.seen_at >= v_now - v_counts_for));
end $$;
