-- Refuses every isolation but read committed (IL091). Functions that change state lock first and look afterwards; under a stricter isolation they would
-- see the state from before the lock.
create function interlock.require_read_committed() returns void language plpgsql set search_path = '' as $$
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        perform interlock.raise_error('IL091', format('interlock runs under read committed, not %s', current_setting('transaction_isolation')),
            p_hint => 'Start the transaction with: begin isolation level read committed.');
    end if;
end $$;
