-- Writes how visits end, are parked, or return to their queue; no other function does.
-- Transition: running -> completed | failed | waiting | pending; waiting -> completed | failed; any open status -> cancelled.
-- Caller:  record_results, finish_due, cancel_assignments, cancel_assignment, give_up_worker, fail_doomed, release_ordered; with the locks of the executions.
-- Errors:  none of its own. Leaves out an ending whose visit is no longer what it was, so a repeat changes nothing.
-- Returns the positions in p_endings of the endings that were written, and the wave that follows. Visits of ordered nodes that are parked behind an earlier
-- one are among those that leave: release_ordered decides when.
-- p_revokes: workers that run one of these visits learn it from their next heartbeat.
create function interlock.finish(
    p_endings interlock.ending[], p_revokes boolean, p_now timestamptz, out wave interlock.wave, out written bigint[]
)
language plpgsql set search_path = '' as $$
declare
    c_open constant text[] := '{holding,pending,running,waiting}';
begin
    if p_revokes then
        insert into interlock.revocations (worker_id, execution_id, assignment_id, attempt)
        select a.worker_id, a.execution_id, a.id, a.attempt
        from unnest(p_endings) f
        join interlock.assignments a on a.execution_id = f.execution_id and a.id = f.id and a.status = any (array['running'])
        join interlock.workers w on w.id = a.worker_id and w.status = 'alive'
        on conflict do nothing;
    end if;

    with finished as (
        update interlock.assignments a
        set status = case when f.leaves and a.ordered and a.parent_assignment_id is null and f.was <> 'order' and interlock.has_earlier_open_visit(a.execution_id, a.node_no, a.visit)
                then 'waiting' else f.outcome end,
            wait_for = case
                when f.leaves and a.ordered and a.parent_assignment_id is null and f.was <> 'order' and interlock.has_earlier_open_visit(a.execution_id, a.node_no, a.visit) then 'order'
                when f.outcome = 'waiting' then f.wait_for end,
            ended_at = case when f.outcome in ('completed', 'failed', 'cancelled') and not (
                f.leaves and a.ordered and a.parent_assignment_id is null and f.was <> 'order' and interlock.has_earlier_open_visit(a.execution_id, a.node_no, a.visit)) then p_now end,
            output = case
                when f.outcome = 'completed' then coalesce(f.output, a.output)
                when f.outcome = 'waiting' then coalesce(f.output, a.output, case when f.was = 'running' then interlock.input_of(a.execution_id, a.id) end)
                -- an error that is caught goes on as the output; a visit that was parked has its output already
                when f.leaves then coalesce(f.output, case when f.was in ('order', 'turn') then a.output end, jsonb_build_object('error', f.error))
                when f.outcome = 'cancelled' and not f.ends_execution then a.output end,
            source_execution_id = case when f.output is null and (f.outcome = 'pending' or f.outcome = 'cancelled' and not f.leaves and not f.ends_execution
                or f.was <> 'running' and f.outcome in ('completed', 'waiting')) then a.source_execution_id end,
            source_id = case when f.output is null and (f.outcome = 'pending' or f.outcome = 'cancelled' and not f.leaves and not f.ends_execution
                or f.was <> 'running' and f.outcome in ('completed', 'waiting')) then a.source_id end,
            ports = case when f.outcome in ('completed', 'waiting', 'cancelled') or f.leaves then coalesce(f.ports, a.ports) end,
            -- the error keeps what a retry restores
            error = case when f.outcome = 'cancelled' and f.was = 'open'
                then f.error || jsonb_build_object('was', a.status, 'due_at', interlock.utc_text(a.due_at), 'wait_for', a.wait_for, 'error', a.error)
                else f.error end,
            due_at = f.due_at,
            worker_id = case when f.outcome <> 'pending' then a.worker_id end,
            attempt = a.attempt + coalesce(f.retries, 0),
            loss_count = a.loss_count + coalesce(f.losses, 0),
            requires = case when f.outcome = 'pending' then coalesce(f.requires, a.requires) end,
            suspended = f.outcome = 'pending' and (select e.suspended_at is not null from interlock.executions e where e.id = a.execution_id),
            change_number = nextval('interlock.change_numbers')
        from unnest(p_endings) with ordinality f (execution_id, id, was, outcome, worker_id, attempt, output, ports, error, context, due_at, wait_for,
            retries, losses, requires, leaves, ends_execution, tries, ord)
        where a.execution_id = f.execution_id and a.id = f.id and a.status = any (c_open)
            and case f.was
                when 'running' then a.status = 'running' and (f.worker_id is null or a.worker_id = f.worker_id) and (f.attempt is null or a.attempt = f.attempt)
                when 'open' then true
                when 'waiting' then a.status = 'waiting' and a.wait_for not in ('order', 'turn')
                else a.wait_for = f.was end
        returning f.ord, f.was, f.ends_execution, f.error, f.context, a.execution_id, a.id, a.version_id, a.node_no, a.status, a.queue, a.ports, a.late_for,
                  a.source_execution_id, a.source_id,
                  -- a visit that belongs to another delivers no tokens
                  f.leaves and a.parent_assignment_id is null as leaves
    )
    select array_agg(x.ord),
           array_agg(row(x.execution_id, x.id, x.version_id, x.node_no, x.ports, x.late_for, x.source_execution_id,
               x.source_id)::interlock.departure) filter (where x.leaves),
           array_agg(row(x.execution_id, 'failed', x.id, x.error)::interlock.ended_execution)
               filter (where x.ends_execution and x.status in ('failed', 'cancelled')),
           array_agg(row(x.execution_id, x.id, x.context)::interlock.context_change) filter (where x.context is not null),
           array_agg(x.queue) filter (where x.status = 'pending'),
           array_agg(x.execution_id) filter (where x.was = 'waiting')
    into written, wave.leaving, wave.ended, wave.context_changes, wave.pending_queues, wave.waited
    from (select c.* from finished c order by c.ord) x;
end $$;
