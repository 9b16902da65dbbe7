-- Locks executions that have not ended, by id; passes over those that another transaction holds, unless p_waiting names them.
-- Caller: exchange_all, give_up_worker, workflow_consensus_holding. Returns the executions that are locked now, and the ids of their versions.
create function interlock.lock_executions(p_executions uuid[], p_waiting uuid[], out locked uuid[], out versions integer[])
language plpgsql set search_path = '' as $$
begin
    if cardinality(p_waiting) > 0 then
        perform from interlock.executions e where e.id = any (p_waiting) order by e.id for no key update;
    end if;
    select coalesce(array_agg(l.id), '{}'), coalesce(array_agg(l.version_id), '{}') into locked, versions
    from (
        select e.id, e.version_id from interlock.executions e
        where e.id = any (p_executions) and e.ended_at is null
        order by e.id
        for no key update skip locked
    ) l;
    versions := array(select distinct v from unnest(versions) v);
end $$;
