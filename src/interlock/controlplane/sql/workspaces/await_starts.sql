-- Waits until the transactions have ended that may have read the workflows of a workspace before these were deleted: one of them may be starting an
-- execution that nobody sees yet. A start takes no lock on its workflow, and its lock on the table of workflows lasts until its end.
-- Caller:  delete_workspace. Errors: IL061 workspace_in_use, after 2 s.
create function interlock.await_starts(p_workspace interlock.workspaces) returns void language plpgsql volatile set search_path = '' as $$
declare
    v_until  timestamptz := clock_timestamp() + interval '2 seconds';
    v_others text[] := array(
        select l.virtualtransaction from pg_locks l
        where l.locktype = 'relation' and l.relation = 'interlock.workflows'::regclass and l.granted and l.pid is distinct from pg_backend_pid()
          and l.database = (select d.oid from pg_database d where d.datname = current_database()));
begin
    while exists (select from pg_locks l where l.virtualtransaction = any (v_others)) loop
        if clock_timestamp() > v_until then
            perform interlock.raise_error('IL061',
                format('The workspace %s cannot be deleted yet: a transaction that reads workflows has been open for a while.', p_workspace.name),
                p_hint => 'Try again in a moment; pg_stat_activity shows transactions that stay open.');
        end if;
        perform pg_sleep(0.02);
    end loop;
end $$;
