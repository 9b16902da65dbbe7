-- Removes what test runs ran, 7 days after it was tested. While an execution of it exists, what reading that execution needs stays: the definition, the names
-- and types of its nodes, its connections. Only what running needs goes. Without an execution all of it goes, and the workflow of a definition that was never
-- saved. One with an open execution waits.
-- Transition: swept_at is set, or the version is deleted. Caller: tick. Locks: the versions, skip locked. Errors: none. A repeat does what is left.
create function interlock.sweep_test_versions(p_limit integer, p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
declare
    v_old  integer[];
    v_gone integer[];
begin
    v_old := array(
        select v.id from interlock.workflow_versions v
        where v.kind = 'test' and v.swept_at is null and v.created_at < p_now - interval '7 days' and not exists (
            with recursive runs as (                                      -- the test run, and what retries it
                select e.id, e.version_id, e.ended_at from interlock.executions e where e.id = v.tested_by
                union all
                select e.id, e.version_id, e.ended_at from runs r join interlock.executions e on e.retried_from = r.id
            )
            select from runs r where r.version_id = v.id and r.ended_at is null)
        order by v.created_at limit p_limit
        for no key update of v skip locked);
    if cardinality(v_old) = 0 then
        return;
    end if;
    delete from interlock.reaches r where r.version_id = any (v_old);
    delete from interlock.plain_nodes p where p.version_id = any (v_old);
    delete from interlock.joining_nodes j where j.version_id = any (v_old);
    update interlock.nodes n set parameters = '{}', inline = null, lock_program = null where n.version_id = any (v_old);
    update interlock.workflow_versions v set swept_at = p_now, lock_program = null where v.id = any (v_old);

    v_gone := array(
        select v.id from interlock.workflow_versions v
        where v.id = any (v_old) and not exists (select from interlock.executions e where e.id = v.tested_by)
            and not exists (select from interlock.executions e where e.retried_from = v.tested_by));
    delete from interlock.connections c where c.version_id = any (v_gone);
    delete from interlock.nodes n where n.version_id = any (v_gone);
    with deleted as (
        delete from interlock.workflow_versions v where v.id = any (v_gone) returning v.workflow_id
    )
    delete from interlock.workflows w using deleted d
    where w.id = d.workflow_id and w.current_version = 0;
end $$;
