-- Moves everything that is due: lost workers, waits and timeouts, deadlines of executions, visits left for virtual users, locks that became free; and removes old
-- versions of test runs.
-- Transition: waiting -> completed | failed; running -> pending | failed; execution -> timed_out; and what follows from them.
-- Caller:  every worker, cron, `interlock tick`, the sweeps of cron mode. One at a time: the others return {"skipped": true}. A repeat does what is left.
-- Locks:   an advisory transaction lock; executions, skip locked. Errors: IL013 bad_request.
-- Moves at most p_limit rows of each kind. A row that raises fails alone.
create function interlock.tick(p_limit integer default 500) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now  timestamptz := interlock.now();
    v_done jsonb;
begin
    perform interlock.require_read_committed();
    if p_limit is null or p_limit not between 1 and 10000 then
        perform interlock.raise_error('IL013', 'The limit of a tick must be a number from 1 to 10000.');
    end if;
    if not pg_try_advisory_xact_lock(hashtext('interlock.tick')) then
        return jsonb_build_object('skipped', true, 'next_due_seconds', null);
    end if;
    perform interlock.sweep_test_versions(p_limit, v_now);
    v_done := jsonb_build_object(
        'skipped', false,
        'lost_workers', interlock.sweep_lost_workers(p_limit, v_now),
        'timers', interlock.sweep_timers(p_limit, v_now),
        'deadlines', interlock.sweep_deadlines(p_limit, v_now),
        'virtual', interlock.sweep_virtual_users(null, p_limit, v_now),
        'unsettled', interlock.sweep_unsettled(p_limit, v_now),
        'locks', interlock.sweep_locks(p_limit, v_now));
    return v_done || jsonb_build_object('next_due_seconds', interlock.next_tick_seconds(v_now));
end $$;
