-- Returns how many open assignments the executions have that a user started since there is a limit of users, see count_started; it counts to p_most. Changes nothing.
create function interlock.open_count_of_user(p_user_id uuid, p_most integer) returns integer language plpgsql stable set search_path = '' as $$
begin
    return (
        select count(*)
        from (
            select from interlock.user_executions u
            join interlock.assignments a on a.execution_id = u.execution_id and a.ended_at is null
            where u.user_id = p_user_id
            limit p_most
        ) o);
end $$;
