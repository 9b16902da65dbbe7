-- Returns whether the caller's user may take the role interlock_reader. Changes nothing.
create function interlock.may_become_reader() returns boolean language sql stable as $$
    select coalesce(pg_has_role(to_regrole('interlock_reader'),
        case when current_setting('server_version_num')::integer >= 160000 then 'set' else 'member' end), false)
$$;
