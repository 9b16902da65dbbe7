-- Finds the person for whom an identity service vouches: the user with this external id; else the user with this email, if it is verified, who then gets
-- the external id; else, if a role is given, a new user, whose role in the first workspace it is. Returns {user, workspace_id, workspace}, of their
-- sign_in_workspace, or {refused: disabled | deleted | email_of_another | unknown}.
-- Transition: none; a user gets the external id, or (new) user.
-- Caller:  a request or a sign-in with a token of the service. Locks: the user, if the external id is new. Errors: none. A repeat returns the same.
create function interlock.admit_external_user(p_external_id text, p_email text, p_verified boolean, p_name text, p_role text) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now         timestamptz := interlock.now();
    v_user        interlock.users;
    v_workspace   integer;
    v_was_deleted boolean;
begin
    perform interlock.require_read_committed();
    select u.* into v_user from interlock.users u where u.external_id = p_external_id and u.deleted_at is null;
    v_was_deleted := v_user.id is null and exists (select from interlock.users u where u.external_id = p_external_id);
    if v_user.id is null and p_verified then
        select u.* into v_user from interlock.users u where lower(u.email) = lower(p_email) and u.email = p_email and u.deleted_at is null for no key update;
        if v_user.external_id <> p_external_id then
            return jsonb_build_object('refused', 'email_of_another');
        elsif v_user.id is not null and v_user.disabled_at is null and v_user.external_id is null then
            update interlock.users u
            set external_id = p_external_id,                                  -- a one-time password that was never used stops working
                password_hash = case when not u.must_change_password then u.password_hash end, must_change_password = false
            where u.id = v_user.id returning * into v_user;
            perform interlock.record_audit('link_user', v_user.email, jsonb_build_object('user_id', v_user.id, 'external_id', p_external_id), v_now);
        end if;
    end if;
    if v_user.id is null and v_was_deleted then                               -- an admin can add the email again; the service cannot
        return jsonb_build_object('refused', 'deleted');
    end if;
    if v_user.id is null and p_role is not null and p_email is not null then
        v_user := interlock.create_person(p_email, p_name, null, false, p_external_id, v_now);
        if v_user.id is not null then
            perform interlock.add_member(v_user, 1, p_role, true, 'supabase', v_now);
        else                                                                  -- another user has the email, or another request was first
            select u.* into v_user from interlock.users u where u.external_id = p_external_id and u.deleted_at is null;
            if v_user.id is null then
                return jsonb_build_object('refused', 'email_of_another');
            end if;
        end if;
    end if;
    if v_user.id is null then
        return jsonb_build_object('refused', 'unknown');
    elsif v_user.disabled_at is not null then
        return jsonb_build_object('refused', 'disabled');
    end if;
    v_workspace := interlock.sign_in_workspace(v_user);
    if v_workspace is null then
        return jsonb_build_object('refused', 'deleted');
    end if;
    perform interlock.note_seen(v_user, v_now);
    return jsonb_build_object('user', interlock.user_record(v_user, v_workspace)) || interlock.workspace_named(v_workspace);
end $$;
