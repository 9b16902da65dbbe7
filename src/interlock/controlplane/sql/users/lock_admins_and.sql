-- Locks a person together with all admins, by id, so that two admins who take each other's role away do so one after the other.
create function interlock.lock_admins_and(p_user_id uuid) returns void language plpgsql set search_path = '' as $$
begin
    perform from interlock.users u
    where u.id = p_user_id or (u.role = 'admin' and u.deleted_at is null)
    order by u.id
    for no key update;
end $$;
