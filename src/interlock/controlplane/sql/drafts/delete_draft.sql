-- Deletes a draft of a person in the call's workspace, in the first one if the call is not limited.
-- Transition: a row -> none. Caller: the API, when a draft is discarded or was published. p_revision: the revision that the caller has seen; null: any.
-- Locks:   the draft. Errors: IL025 draft_changed. A repeat changes nothing, and one that does not exist is no error.
create function interlock.delete_draft(p_user_id uuid, p_id uuid, p_revision integer) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_draft interlock.drafts;
begin
    perform interlock.require_read_committed();
    select d.* into v_draft from interlock.drafts d
    where d.user_id = p_user_id and d.workspace_id = interlock.own_workspace() and d.id = p_id
    for update;
    if found and v_draft.revision <> p_revision then
        perform interlock.raise_error('IL025', format('The draft is at revision %s, not %s: it was saved in another tab or browser.', v_draft.revision,
            p_revision), v_draft.id::text, 'Read the draft before you delete it.');
    end if;
    delete from interlock.drafts d where d.user_id = p_user_id and d.workspace_id = v_draft.workspace_id and d.id = p_id;
    return jsonb_build_object('deleted', found);
end $$;
