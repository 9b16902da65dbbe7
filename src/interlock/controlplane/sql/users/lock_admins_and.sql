-- Locks a person together with the admins of their workspaces, by id, so that two admins who take each other's role away do so one after the other.
create function interlock.lock_admins_and(p_user_id uuid) returns void language plpgsql set search_path = '' as $$
begin
    perform from interlock.users u
    where u.id = p_user_id or (u.deleted_at is null and exists (
        select from interlock.workspace_members own
        join interlock.workspace_members other on other.workspace_id = own.workspace_id and other.role = 'admin'
        where own.user_id = p_user_id and other.user_id = u.id))
    order by u.id
    for no key update;
end $$;
