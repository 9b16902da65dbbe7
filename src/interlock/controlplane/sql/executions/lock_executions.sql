-- Locks executions that have not ended, by id; those that another transaction holds are passed over, unless p_waiting names them.
-- Caller: every function that changes assignments of several executions. Returns those that are locked now.
create function interlock.lock_executions(p_executions uuid[], p_waiting uuid[] default '{}') returns uuid[]
language plpgsql set search_path = '' as $$
begin
    if cardinality(p_waiting) > 0 then
        perform from interlock.executions e where e.id = any (p_waiting) order by e.id for no key update;
    end if;
    return array(
        select e.id from interlock.executions e where e.id = any (p_executions) and e.ended_at is null order by e.id for no key update skip locked);
end $$;
