-- Forgets a listener, so that ends are no longer announced to it.
-- Transition: none. Caller: EndListener, when it stops. Locks: the listener's row. Errors: none. A repeat changes nothing.
create function interlock.remove_listener(p_id uuid) returns void language plpgsql set search_path = '' as $$
begin
    delete from interlock.listeners l where l.id = p_id;
end $$;
