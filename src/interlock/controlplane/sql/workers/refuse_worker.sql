-- Raises why a worker cannot go on under its id: IL010 unknown, IL011 given up, IL031 another user's. Caller: register_worker, touch_worker.
-- A worker of another workspace does not exist. Only its id cannot be taken (p_registers): nothing says by whom it was.
create function interlock.refuse_worker(p_worker_id uuid, p_registered_by uuid, p_registers boolean default false) returns void
language plpgsql set search_path = '' as $$
declare
    v_worker  interlock.workers;
    v_foreign boolean;
begin
    select * into v_worker from interlock.workers w where w.id = p_worker_id;
    v_foreign := coalesce(interlock.current_workspace() <> all (v_worker.workspaces), false);
    if v_worker.id is null or v_foreign and not p_registers then
        perform interlock.raise_error('IL010', format('No worker %s is registered.', p_worker_id), p_hint => 'Claim assignments first: the first claim registers the worker.');
    elsif v_worker.registered_by is distinct from p_registered_by and not v_foreign then
        perform interlock.raise_error('IL031', format('The worker %s was registered by another user.', p_worker_id), p_hint => 'Choose another id for your worker.');
    end if;
    perform interlock.raise_error('IL011', format('The worker %s was given up.', p_worker_id), p_hint => 'Register under a new id.');
end $$;
