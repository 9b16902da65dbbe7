-- What was recorded takes effect: contexts, ends, then everything that follows.
-- Caller:  exchange_all, cancel_assignment, the sweeps; with the locks of p_executions. p_wave: as record_results and fail_attempts give it.
create function interlock.go_on(
    p_executions uuid[], p_wave interlock.wave, p_taker interlock.taker, p_now timestamptz, p_by_cron boolean default false
) returns interlock.progress
language plpgsql set search_path = '' as $$
begin
    perform interlock.apply_wave(p_wave, p_now);
    return interlock.advance(p_executions, (p_wave).frontier_executions, (p_wave).frontier_assignments, p_taker, p_now, p_by_cron);
end $$;
