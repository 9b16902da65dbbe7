-- Returns whether an assignment may begin under a key now. Counts the holders from what is open, under the lock of the key's row, so no lock ever leaks.
-- Caller: claim_special, claim_alone, sweep_virtual_users, retry. Locks: the key's row, skip locked: a busy key is passed over.
create function interlock.may_hold_lock(p_key text, p_execution_id uuid, p_assignment_id uuid, p_now timestamptz) returns boolean
language plpgsql set search_path = '' as $$
declare
    v_lock interlock.locks;
begin
    if not pg_try_advisory_xact_lock(interlock.advisory_key(p_key)) then
        return false;                                                     -- another transaction is inserting the key: an insert would wait for it
    end if;
    insert into interlock.locks (lock_key) values (p_key) on conflict do nothing;
    select * into v_lock from interlock.locks l where l.lock_key = p_key for update skip locked;
    if not found or v_lock.holder is not null and v_lock.expires_at > p_now then
        return false;
    end if;
    return not exists (
            select from interlock.assignments a
            where a.lock_key = p_key and a.status in ('running', 'waiting') and coalesce(a.wait_for, 'time') not in ('order', 'turn')
                and (a.execution_id, a.id) <> (p_execution_id, p_assignment_id))
        and not exists (
            select from interlock.executions e
            where e.lock_key = p_key and e.ended_at is null and e.started_at is not null and e.id <> p_execution_id);
end $$;
