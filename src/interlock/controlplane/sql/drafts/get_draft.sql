-- Returns a draft of a person in the call's workspace, in the first one if the call is not limited. Caller: the API. Changes nothing.
-- Errors: IL024 draft_not_found, also if it belongs to somebody else.
create function interlock.get_draft(p_user_id uuid, p_id uuid) returns json
language plpgsql stable set search_path = '' as $$
declare
    v_draft interlock.drafts;
begin
    select d.* into v_draft from interlock.drafts d where d.user_id = p_user_id and d.workspace_id = interlock.own_workspace() and d.id = p_id;
    if not found then
        perform interlock.raise_error('IL024', format('There is no draft %s.', p_id), p_hint => 'It was discarded or published elsewhere.');
    end if;
    return interlock.draft_record(v_draft, true);
end $$;
