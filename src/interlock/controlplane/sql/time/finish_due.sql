-- Ends what is due: a wait for a time is over, a visit that was parked for its turn leaves, anything else has timed out.
-- Transition: waiting -> completed | failed | cancelled; running -> pending | failed.
-- Caller:  sweep_timers, with the locks of the executions. Errors: none of its own. A repeat changes nothing.
create function interlock.finish_due(p_due interlock.visit_id[], p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
declare
    v_executions uuid[] := array(select distinct d.execution_id from unnest(p_due) d);
    v_traits     interlock.traits := interlock.traits_of(v_executions);
    v_over       interlock.ending[];
    v_late       interlock.ending[];
    v_finished   record;
    v_progress   interlock.progress;
begin
    select array_agg(row(x.execution_id, x.id, case x.wait_for when 'turn' then 'turn' else 'waiting' end,
               case x.wait_for when 'turn' then interlock.parked_outcome(x.error) else 'completed' end, null, null, null, null,
               case x.wait_for when 'turn' then x.error end, null, null, null, null, null, null, true, false, null)::interlock.ending)
               filter (where x.wait_for in ('time', 'turn')),
           array_agg(row(x.execution_id, x.id, x.status, 'failed', null, x.attempt, null, null, case x.status
               when 'running' then interlock.assignment_error('timed_out',
                   format('The attempt took longer than the %s seconds that the node allows.', x.timeout_seconds),
                   'Find out what the node waited for, or raise its timeout_seconds.')
               else interlock.assignment_error('timed_out', format('The wait for a %s ended at its limit: nothing came.', x.wait_for),
                   'Send what the node waits for sooner, or raise its limit.') end || '{"retryable": true}',
               null, null, null, null, null, null, null, null, null)::interlock.ending)
               filter (where x.status = 'running' or x.wait_for not in ('time', 'turn', 'order'))
    into v_over, v_late
    from (
        select a.execution_id, a.id, a.status, a.wait_for, a.error, a.attempt, n.timeout_seconds
        from unnest(p_due) with ordinality d (execution_id, id, ord)
        join interlock.assignments a on a.execution_id = d.execution_id and a.id = d.id and a.due_at <= p_now
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
        order by d.ord
    ) x;
    if v_late is not null then
        v_late := interlock.decide_failures(v_late, 'timed_out', p_now);
    end if;
    v_finished := interlock.finish(interlock.defer_beyond_budget(v_over || v_late, v_traits, p_now), v_late is not null, p_now);
    v_progress := interlock.advance(v_executions, v_finished.wave, v_traits, null, p_now);
    perform interlock.wake_workers((v_finished.wave).pending_queues || v_progress.pending_queues);
end $$;
