-- Raises IL010 worker_unknown if a call is limited to a workspace and the worker is not one of it, as for a worker that does not exist.
-- Caller: exchange. Changes nothing.
create function interlock.require_visible_worker(p_worker_id uuid) returns void language plpgsql stable set search_path = '' as $$
begin
    if exists (select from interlock.workers w where w.id = p_worker_id and not interlock.is_visible_worker(w)) then
        perform interlock.raise_error('IL010', format('No worker %s is registered.', p_worker_id), p_hint => 'Call register_worker first.');
    end if;
end $$;
