-- Refuses what would store more in a workspace that stores as much as its limit allows, as it was measured last.
-- Caller:  what starts executions and saves definitions. Locks: none. Errors: IL063 storage_full.
create function interlock.require_space(p_workspace_id integer) returns void language plpgsql set search_path = '' as $$
declare
    v_full interlock.workspaces;
begin
    select w.* into v_full from interlock.workspaces w where w.id = p_workspace_id and w.stored_bytes >= w.max_stored_bytes;
    if found then
        perform interlock.raise_error('IL063',
            format('The workspace %s stores %s, and its limit is %s: it starts no executions and saves no definitions.',
                v_full.name, pg_size_pretty(v_full.stored_bytes), pg_size_pretty(v_full.max_stored_bytes)),
            'stored_bytes',
            format('An admin of the installation can raise the limit, which counts at once. What is deleted counts when it is measured again, every minute, last '
                'at %s: drafts, which their authors can delete, and ended executions, which the owner of the database can delete.',
                interlock.utc_text(date_trunc('second', v_full.stored_measured_at))));
    end if;
end $$;
