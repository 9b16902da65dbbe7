-- Returns a draft as get_draft and list_drafts do; with p_content also the definition, the text and the pins. Changes nothing.
create function interlock.draft_record(p_draft interlock.drafts, p_content boolean) returns json
language sql stable set search_path = '' as $$
    select json_build_object(
        'id', p_draft.id, 'workflow_id', p_draft.workflow_id, 'base_version', p_draft.base_version, 'name', p_draft.name, 'revision', p_draft.revision,
        'created_at', p_draft.created_at, 'updated_at', p_draft.updated_at, 'workflow', w.name, 'current_version', w.current_version,
        'definition', case when p_content then p_draft.definition end, 'text', case when p_content then p_draft.text end, 'syntax', p_draft.syntax,
        'pins', case when p_content then p_draft.pins end)
    from (select) one
    left join interlock.workflows w on w.id = p_draft.workflow_id and w.workspace_id = p_draft.workspace_id
$$;
