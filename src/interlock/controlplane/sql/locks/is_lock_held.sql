-- Returns whether a key is held: by an open visit or execution, or by hand until its timeout.
create function interlock.is_lock_held(p_key text, p_now timestamptz) returns boolean language plpgsql stable set search_path = '' as $$
begin
    return (
        select exists (select from interlock.locks l where l.lock_key = p_key and l.holder is not null and l.expires_at > p_now)
            or exists (select from interlock.assignments a where a.lock_key = p_key and a.status in ('running', 'waiting') and coalesce(a.wait_for, 'time') not in ('order', 'turn'))
            or exists (select from interlock.executions e where e.lock_key = p_key and e.ended_at is null and e.started_at is not null));
end $$;
