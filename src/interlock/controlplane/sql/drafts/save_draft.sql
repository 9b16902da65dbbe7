-- Saves the draft of a person in the call's workspace, in the first one if the call is not limited.
-- Transition: none -> revision 1; revision n -> n + 1.
-- Caller:  the API, while somebody types. p_revision: the revision that the caller has seen; 0: the draft is new. p_workflow_id and p_base_version belong to
--          the workflow that it changes. p_pins null: they stay as they are.
-- Locks:   of a new draft the membership, then the workflow against deletion; the draft.
-- Errors:  IL005 workflow_not_found, IL013 bad_request: too large, or a version without a workflow, IL024 draft_not_found: it was deleted meanwhile, IL025 draft_changed: another tab saved
--          it, or began one of this workflow, IL026 too_many_drafts, IL036 user_not_found, IL063 storage_full.
--          A repeat with the same content returns the same revision and changes nothing.
create function interlock.save_draft(
    p_user_id uuid, p_id uuid, p_workflow_id uuid, p_base_version integer, p_definition json, p_text text, p_syntax text, p_pins json, p_revision integer
) returns json
language plpgsql set search_path = '' as $$
declare
    v_most_drafts constant integer := 100;
    v_most_bytes  constant integer := 8388608;
    v_now         timestamptz := interlock.now();
    v_workspace   integer := interlock.own_workspace();
    v_name        text := case when json_typeof(p_definition -> 'name') = 'string' then left(p_definition ->> 'name', 100) else '' end;
    v_draft       interlock.drafts;
begin
    perform interlock.require_read_committed();
    if coalesce(octet_length(p_definition::text), 0) + coalesce(octet_length(p_text), 0) + coalesce(octet_length(p_pins::text), 0) > v_most_bytes then
        perform interlock.raise_error('IL013', format('A draft holds at most %s with its pinned outputs.', pg_size_pretty(v_most_bytes::bigint)),
            p_hint => 'Remove pinned outputs, or keep large texts in files.');
    end if;
    if p_revision = 0 then
        v_draft := interlock.begin_draft(p_user_id, p_id, p_workflow_id, v_workspace, v_most_drafts);
    end if;
    if v_draft.id is null then
        select d.* into v_draft from interlock.drafts d
        where d.user_id = p_user_id and d.workspace_id = v_workspace and d.id = p_id
        for no key update;
    end if;
    if v_draft.id is null then
        perform interlock.raise_error('IL024', format('There is no draft %s.', p_id), p_hint => 'It was discarded or published elsewhere.');
    elsif v_draft.revision = p_revision + 1 and v_draft.base_version is not distinct from p_base_version
        and v_draft.definition::text is not distinct from p_definition::text and v_draft.text is not distinct from p_text
        and v_draft.syntax is not distinct from p_syntax and v_draft.pins::text = coalesce(p_pins::text, v_draft.pins::text)
    then
        return interlock.draft_record(v_draft, false);                    -- the first answer was lost
    elsif v_draft.revision <> p_revision then
        perform interlock.raise_error('IL025', format('The draft is at revision %s, not %s: it was saved in another tab or browser.', v_draft.revision,
            p_revision), v_draft.id::text, 'Read the draft, and repeat the change in it.');
    end if;
    if p_base_version is not null and v_draft.workflow_id is null then
        perform interlock.raise_error('IL013', format('The draft %s is of a workflow that does not exist yet, so it is based on no version.', p_id),
            p_hint => 'Begin another draft for the workflow.');
    end if;
    insert into interlock.drafts as d (id, user_id, workspace_id, workflow_id, base_version, name, definition, text, syntax, pins, revision, created_at, updated_at)
    values (p_id, p_user_id, v_workspace, v_draft.workflow_id, p_base_version, v_name, p_definition, p_text, p_syntax, coalesce(p_pins, '{}'), 1, v_now, v_now)
    on conflict (user_id, workspace_id, id) do update set base_version = excluded.base_version, name = excluded.name, definition = excluded.definition,
        text = excluded.text, syntax = excluded.syntax, pins = coalesce(p_pins, d.pins), revision = d.revision + 1, updated_at = excluded.updated_at
    returning d.* into v_draft;
    return interlock.draft_record(v_draft, false);
end $$;
