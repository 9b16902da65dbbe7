-- Marks the workflows of a workspace that stores as much as its limit allows, and takes the marks away when it does no longer. So a start, which reads its
-- workflow anyway, reads nothing more to know it. The marks are made again with each measuring, for workflows that were being created meanwhile.
create function interlock.mark_full_workspace() returns trigger language plpgsql set search_path = '' as $$
begin
    update interlock.workflows w set workspace_is_full = not w.workspace_is_full
    where w.workspace_id = new.id and w.workspace_is_full <> coalesce(new.stored_bytes >= new.max_stored_bytes, false);
    return null;
end $$;

create trigger mark_full_workspace after update of stored_bytes, max_stored_bytes on interlock.workspaces for each row
when (old.stored_bytes >= old.max_stored_bytes or new.stored_bytes >= new.max_stored_bytes) execute function interlock.mark_full_workspace();
