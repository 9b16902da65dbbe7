-- Deletes some rows that are of no more use: counts of old tries, and expired sessions. Caller: begin_sign_in, so that they never pile up.
-- Locks:   the rows that it deletes, skip locked. A repeat deletes the next ones.
create function interlock.sweep_sign_ins(p_now timestamptz) returns void language plpgsql set search_path = '' as $$
begin
    delete from interlock.sign_in_throttles t
    where t.key in (select o.key from interlock.sign_in_throttles o where o.forget_at < p_now order by o.forget_at limit 20 for update skip locked);
    delete from interlock.sessions s
    where s.id in (select o.id from interlock.sessions o where o.expires_at < p_now order by o.expires_at limit 20 for update skip locked);
end $$;
