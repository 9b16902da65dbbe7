-- Counts what a user has open, when a call of theirs has started executions, and refuses these if it is more than the user's limit. Open is every assignment
-- that has not ended, in executions that the user started since there is a limit, in all workspaces: pending, running, waiting for somebody or something.
-- Transition: none; the refusal undoes what the call started.
-- Caller:  the API, around start_executions, retry or start_test_run in the same statement: p_started is what that one returned, one answer or several.
--          So what is not limited, and all that workers do, knows nothing of it.
-- Locks:   an advisory transaction lock of the user, so that two starts never pass the limit together.
-- Errors:  IL062 limit_reached. A repeat, which started nothing, is never refused.
create function interlock.count_started(p_user_id uuid, p_limit integer, p_started jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare
    v_started uuid[] := array(
        select (s.item ->> 'execution_id')::uuid from jsonb_path_query(p_started, '$[*] ? (exists(@.execution_id) && !(@.created == false))') s (item));
    v_open    integer;
    v_name    text;
begin
    if v_started = '{}' then
        return p_started;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('interlock.started ' || p_user_id, 0));
    delete from interlock.user_executions u
    where u.user_id = p_user_id and not exists (select from interlock.executions e where e.id = u.execution_id and e.ended_at is null);
    insert into interlock.user_executions (user_id, execution_id)
    select p_user_id, s.id from unnest(v_started) s (id)
    on conflict do nothing;
    v_open := interlock.open_count_of_user(p_user_id, p_limit + 1);
    if v_open > p_limit then
        select coalesce(u.email, u.name) into v_name from interlock.users u where u.id = p_user_id;
        perform interlock.raise_error('IL062',
            format('%s has too much under way: the limit of a user is %s open assignments, and with this start it would be more. Try again in 5 s.', v_name, p_limit),
            'user_assignments',
            'Wait until some of the executions that you started end, or cancel some; the setting INTERLOCK_USER_ASSIGNMENTS of the server raises the limit.');
    end if;
    return p_started;
end $$;
