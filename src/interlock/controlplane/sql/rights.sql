-- Only the owner may call the functions until somebody grants the right to another role.
select interlock.guard_transitions();
select interlock.make_resolver();
revoke execute on all functions in schema interlock from public;
revoke all on all tables in schema interlock from public;
-- Views are read with the rights of who asks.
do $body$
declare
    v_view regclass;
begin
    for v_view in
        select c.oid from pg_catalog.pg_class c
        where c.relnamespace = 'interlock'::regnamespace and c.relkind = 'v' and not coalesce('security_invoker=true' = any (c.reloptions), false)
    loop
        execute pg_catalog.format('alter view %s set (security_invoker = true)', v_view);
    end loop;
end $body$;
select interlock.give_rights();
