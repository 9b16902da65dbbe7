-- Makes the role interlock_reader and gives it what it needs, as far as the caller may, see missing_rights; takes from everybody else what a restore without
-- rights gave them.
-- Caller:  every migration, and `interlock migrate` each time: a dump may have been restored without rights. Locks: none that others wait for.
-- Errors:  none: what the caller may not do stays missing. A repeat changes nothing.
create function interlock.give_rights() returns void language plpgsql set search_path = '' as $$
declare
    v_statement text;
begin
    if exists (
        select from pg_catalog.pg_proc p
        where p.pronamespace = 'interlock'::regnamespace
            and (p.proacl is null or exists (select from aclexplode(p.proacl) a where a.grantee = 0)))
    then
        revoke execute on all functions in schema interlock from public;
    end if;
    foreach v_statement in array interlock.missing_rights() loop
        begin
            execute v_statement;
        exception
            when duplicate_object then null;                              -- another program made the role at the same time
            when insufficient_privilege then exit;                        -- the rest would be of no use
        end;
    end loop;
end $$;
