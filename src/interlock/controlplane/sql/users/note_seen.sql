-- Records that a person was seen, at most once a minute; does not wait for another transaction that is recording it.
create function interlock.note_seen(p_user interlock.users, p_now timestamptz) returns void language plpgsql set search_path = '' as $$
begin
    if p_user.last_seen_at is null or p_user.last_seen_at < p_now - interval '1 minute' then
        update interlock.users u set last_seen_at = p_now
        where u.id = (select o.id from interlock.users o where o.id = p_user.id for no key update skip locked);
    end if;
end $$;
