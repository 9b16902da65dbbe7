-- Makes somebody a member of the workspace that the call is limited to, else of the first one: a new person, or one who has this email already. Who exists
-- keeps their name and password, so the admin of one workspace cannot sign in as a member of another one. Returns the person, and `is_new`.
-- Caller:  an admin, or create_first_admin.
-- Locks:   the person, then the workspace against deletion; of two calls with one email and one workspace, the second is refused.
-- Errors:  IL021 name_taken: already a member; IL060 workspace_not_found. A repeat is refused.
create function interlock.create_user(
    p_email text, p_name text, p_role text, p_password_hash text, p_must_change boolean, p_external_id text, p_by text) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now       timestamptz := interlock.now();
    v_workspace integer := interlock.own_workspace();
    v_user      interlock.users;
    v_is_new    boolean := false;
begin
    perform interlock.require_read_committed();
    loop                                                                  -- again, if another transaction makes the person or deletes them
        select u.* into v_user from interlock.users u where lower(u.email) = lower(p_email) and u.deleted_at is null for no key update;
        exit when found;
        v_user := interlock.create_person(p_email, p_name, p_password_hash, p_must_change, p_external_id, v_now);
        v_is_new := v_user.id is not null;
        exit when v_is_new or p_external_id is not null;
    end loop;
    perform interlock.lock_workspace(v_workspace);
    -- PostgreSQL may take two emails for one that Python tells apart
    if v_user.email is distinct from p_email or (not v_is_new and p_external_id is not null)
       or not interlock.add_member(v_user, v_workspace, p_role, v_is_new, p_by, v_now) then
        perform interlock.raise_error('IL021', format('There is already a user %s.', p_email), p_hint => 'Change that user, or use another email.');
    end if;
    return interlock.user_record(v_user, v_workspace) || jsonb_build_object('is_new', v_is_new);
end $$;
