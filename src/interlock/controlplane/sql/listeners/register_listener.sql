-- Registers a process that listens on the channel execution_ended, or prolongs its lease; forgets listeners whose lease has run out.
-- Transition: none. Caller: EndListener, when a notification has proved that it hears, and three times in each lease. Locks: the listener's row.
-- Errors:  IL013 bad_request.
-- Returns whether it was not registered until now, so that it may have missed ends. A repeat prolongs the lease.
-- The order that loses no end: listen, register, commit, look at the executions. A transaction that ends one of them and did not see the listener may
-- commit after that look: so the listener looks again, with pauses that double.
create function interlock.register_listener(p_id uuid, p_name text, p_lease_seconds integer) returns boolean
language plpgsql set search_path = '' as $$
declare
    v_now       timestamptz := interlock.now();
    v_was_known boolean;
begin
    perform interlock.require_read_committed();
    if p_id is null or p_name is null or p_lease_seconds is null or p_lease_seconds not between 1 and 3600 then
        perform interlock.raise_error('IL013', 'A listener needs an id, a name and a lease of 1 to 3600 seconds.');
    end if;
    v_was_known := exists (select from interlock.listeners l where l.id = p_id and l.expires_at > v_now);
    insert into interlock.listeners (id, name, expires_at) values (p_id, p_name, v_now + make_interval(secs => p_lease_seconds))
    on conflict (id) do update set name = excluded.name, expires_at = excluded.expires_at;
    delete from interlock.listeners l
    where l.id in (select x.id from interlock.listeners x where x.expires_at <= v_now for update skip locked);
    return not v_was_known;
end $$;
