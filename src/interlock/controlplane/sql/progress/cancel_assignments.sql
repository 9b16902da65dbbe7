-- Cancels open visits that are not done; workers that run them learn it from their next heartbeat.
-- Transition: holding, pending, running, waiting -> cancelled.
-- Caller:  mark_late, cancel_open_visits; with the locks of the executions. Errors: none. A repeat finds them ended and changes nothing.
create function interlock.cancel_assignments(p_visits interlock.visit_id[], p_reason jsonb, p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
begin
    perform interlock.finish(array(
        select row(v.execution_id, v.id, 'open', 'cancelled', null, null, null, null, p_reason, null, null, null, null, null, null, false, false,
            null)::interlock.ending
        from unnest(p_visits) v), true, p_now);
end $$;
