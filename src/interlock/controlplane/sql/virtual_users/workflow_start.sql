-- Runs the sweep of the virtual user START for workflows in cron mode. Named by seed 000; any cron may call it.
-- Transition: pending -> waiting | completed | failed. Caller: cron. Locks: as sweep_virtual_users. A repeat does what is left.
create function interlock.workflow_start(p_limit integer default 500) returns integer
language plpgsql set search_path = '' as $$
begin
    perform interlock.tick(p_limit);
    return interlock.sweep_virtual_users('start', p_limit, interlock.now());
end $$;
