-- Returns whether any user besides the virtual users was ever created.
create function interlock.has_people() returns boolean language sql stable set search_path = '' as $$
    select exists (select from interlock.users u where not u.is_system)
$$;
