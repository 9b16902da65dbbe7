-- Checks that a person may begin a draft, and returns it as it will be, with revision 0; nothing where it exists already, so that a repeat finds it.
-- Caller:  save_draft. Locks: the membership, so that one person begins one draft at a time; the workflow, against deletion.
-- Errors:  IL005 workflow_not_found, IL025 draft_changed: there is another one of this workflow, IL026 too_many_drafts, IL036 user_not_found,
--          IL063 storage_full.
create function interlock.begin_draft(p_user_id uuid, p_id uuid, p_workflow_id uuid, p_workspace_id integer, p_most integer) returns interlock.drafts
language plpgsql set search_path = '' as $$
declare
    v_draft interlock.drafts;
    v_other uuid;
begin
    perform from interlock.workspace_members m where m.user_id = p_user_id and m.workspace_id = p_workspace_id for no key update;
    if not found then
        perform interlock.raise_error('IL036', format('There is no user %s.', p_user_id));
    end if;
    if exists (select from interlock.drafts d where d.user_id = p_user_id and d.workspace_id = p_workspace_id and d.id = p_id) then
        return null;
    end if;
    if p_workflow_id is not null then
        perform from interlock.workflows w where w.id = p_workflow_id and w.workspace_id = p_workspace_id and w.deleted_at is null for share;
        if not found then
            perform interlock.raise_error('IL005', format('There is no workflow %s.', p_workflow_id));
        end if;
        select d.id into v_other from interlock.drafts d where d.workflow_id = p_workflow_id and d.user_id = p_user_id;
        if found then
            perform interlock.raise_error('IL025', 'You have another draft of this workflow, which was begun in another tab or browser.', v_other::text,
                'Read that draft, and repeat the change in it.');
        end if;
    end if;
    if (select count(*) from interlock.drafts d where d.user_id = p_user_id and d.workspace_id = p_workspace_id) >= p_most then
        perform interlock.raise_error('IL026', format('You have %s drafts in this workspace, and no more can be kept.', p_most),
            p_hint => 'Publish or discard some of them.');
    end if;
    perform interlock.require_space(p_workspace_id);
    v_draft.id := p_id;
    v_draft.workflow_id := p_workflow_id;
    v_draft.revision := 0;
    return v_draft;
end $$;
