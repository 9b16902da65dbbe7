-- Takes back a try that begin_sign_in counted, because its password was right. The count of account and address together starts again from zero, and the
-- pair is known from now on. The counts of the account and of the address lose only this one try: the owner of one account cannot use it to go on
-- guessing the passwords of others.
-- Caller:  open_session, change_password. Locks: the throttle rows of the three kinds, by key.
create function interlock.excuse_sign_in(p_email text, p_remote text, p_now timestamptz) returns void language plpgsql set search_path = '' as $$
declare
    v_keys text[] := array[interlock.throttle_key('account', p_email), interlock.throttle_key('address', p_remote),
                           interlock.throttle_key('pair', p_email || ' ' || p_remote)];
begin
    perform from interlock.sign_in_throttles t where t.key = any (v_keys) order by t.key for no key update;
    update interlock.sign_in_throttles t
    set tries = case when t.key = v_keys[3] then 0 else greatest(t.tries - 1, 0) end,
        blocked_until = case when t.key <> v_keys[3] and t.tries > 1 then t.blocked_until end,
        succeeded_at = case when t.key = v_keys[3] then p_now else t.succeeded_at end,
        succeeded_for = case when t.key = v_keys[3] then interlock.sign_in_pair(p_email, p_remote) else t.succeeded_for end,
        forget_at = case when t.key = v_keys[3] then p_now + interval '30 days' else t.forget_at end
    where t.key = any (v_keys);
end $$;
