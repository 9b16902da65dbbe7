-- Counts one try to sign in before the password is checked, so that concurrent tries are all counted, and reads what the password is compared with.
-- Returns {wait_seconds} if the try is refused without a look at the password, else {user}: null if nobody has this email.
-- Each kind of throttle allows a number of free tries; each further try blocks for twice as long, up to a limit. Tries are forgotten one by one over time.
-- From an address where this account signed in within 30 days, only that pair counts: an attacker elsewhere cannot lock the owner out.
-- Caller:  a sign-in. Locks: the throttle rows of the three kinds, by key. Errors: none. A repeat counts again.
create function interlock.begin_sign_in(p_email text, p_remote text) returns jsonb language plpgsql set search_path = '' as $$
declare
    v_now     timestamptz := interlock.now();
    v_keys    text[] := array[interlock.throttle_key('account', p_email), interlock.throttle_key('address', p_remote),
                              interlock.throttle_key('pair', p_email || ' ' || p_remote)];
    v_known   boolean;
    v_blocked timestamptz;
    v_user    interlock.users;
begin
    perform interlock.require_read_committed();
    perform interlock.sweep_sign_ins(v_now);
    insert into interlock.sign_in_throttles (key, tries, counted_at, forget_at)
    select k.key, 0, v_now, v_now + interval '1 day' from unnest(v_keys) k (key) order by k.key
    on conflict do nothing;
    perform from interlock.sign_in_throttles t where t.key = any (v_keys) order by t.key for no key update;
    select coalesce(bool_or(t.succeeded_at > v_now - interval '30 days' and t.succeeded_for = interlock.sign_in_pair(p_email, p_remote)), false) into v_known
    from interlock.sign_in_throttles t where t.key = v_keys[3];
    select max(t.blocked_until) into v_blocked
    from interlock.sign_in_throttles t where t.key = any (v_keys) and (not v_known or t.key = v_keys[3]);
    if v_blocked > v_now then
        return jsonb_build_object('wait_seconds', ceil(extract(epoch from v_blocked - v_now)));
    end if;
    update interlock.sign_in_throttles t
    set tries = counted.tries, counted_at = v_now, forget_at = greatest(t.forget_at, v_now + interval '1 day'),
        blocked_until = case when counted.tries > l.free
                             then v_now + least(l.longest, interval '1 second' * 2 ^ least(counted.tries - l.free - 1, 20)) end
    from interlock.sign_in_throttles before
    join (values ('account', 20, interval '1 minute', interval '5 minutes'),
                 ('address', 50, interval '1 minute', interval '1 minute'),
                 ('pair', 5, interval '15 minutes', interval '15 minutes')) l (kind, free, longest, forgotten_each)
      on l.kind = split_part(before.key, ':', 1)
    cross join lateral (select greatest(
        before.tries - floor(extract(epoch from v_now - before.counted_at) / extract(epoch from l.forgotten_each)), 0)::integer + 1) counted (tries)
    where t.key = any (v_keys) and before.key = t.key;
    select u.* into v_user from interlock.users u where lower(u.email) = lower(p_email) and u.email = p_email and u.deleted_at is null;
    return jsonb_build_object('user', case when v_user.id is not null then
        interlock.user_record(v_user, interlock.sign_in_workspace(v_user)) || jsonb_build_object('password_hash', v_user.password_hash) end);
end $$;
