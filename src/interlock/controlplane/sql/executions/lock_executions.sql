-- Locks executions that have not ended, by id; passes over those that another transaction holds, unless p_waiting names them.
-- Caller: exchange_all, give_up_worker, workflow_consensus_holding. Returns the executions that are locked now.
create function interlock.lock_executions(p_executions uuid[], p_waiting uuid[] default '{}') returns uuid[]
language plpgsql set search_path = '' as $$
begin
    if cardinality(p_waiting) > 0 then
        perform from interlock.executions e where e.id = any (p_waiting) order by e.id for no key update;
    end if;
    return array(
        select e.id from interlock.executions e where e.id = any (p_executions) and e.ended_at is null order by e.id for no key update skip locked);
end $$;
