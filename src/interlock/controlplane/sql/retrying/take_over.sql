-- Fills a new execution with the state of an old one. Ids stay the same, so that links between visits stay true; outputs stay in the old execution and are
-- referred to. The context is built from the changes of the visits that are taken over.
-- Transition: (new) -> any status. Caller: retry, with both executions locked. Errors: none of its own.
-- A visit that held a lock while it waited asks for it again. p_again: visits that begin anew. p_dropped: visits that are left out, but joins among them
-- keep the tokens that other visits brought.
create function interlock.take_over(
    p_old uuid, p_new uuid, p_version_id integer, p_again uuid[], p_dropped uuid[], p_now timestamptz
) returns void
language plpgsql set search_path = '' as $$
begin
    insert into interlock.tokens (execution_id, join_node, visit, slot, from_assignment_id, late, late_for, token_number)
    select p_new, interlock.node_in_version(e.version_id, t.join_node, p_version_id), t.visit,
           interlock.slot_in_version(e.version_id, t.join_node, t.slot, p_version_id), t.from_assignment_id,
           t.late and not exists (                                        -- the visit that it was too late for is left out
               select from interlock.assignments j
               where j.execution_id = p_old and j.node_no = t.join_node and j.visit = t.visit and j.id = any (p_dropped)),
           interlock.marks_in_version(t.late_for, e.version_id, p_version_id), t.token_number
    from interlock.tokens t
    join interlock.executions e on e.id = t.execution_id
    where t.execution_id = p_old and t.from_assignment_id <> all (p_dropped) and (t.from_assignment_id <> all (p_again));

    insert into interlock.assignments (execution_id, id, version_id, node_no, visit, attempt, visits_since_wait, status, is_indexed, ordered, queue, requires,
        due_at, wait_for,
        assigned_to, previous_assignment_id, parent_assignment_id, ports, output, source_execution_id, source_id, error, late_for, lock_key,
        change_number, created_at, started_at, ended_at)
    select p_new, a.id, p_version_id, n.node_no, a.visit, case when s.status = 'pending' and not s.anew then a.attempt else 1 end,
           case when s.anew or a.id = any (p_dropped) then 1 else a.visits_since_wait end, s.status,
           n.is_indexed, n.ordered,
           case when s.status = 'holding' or s.status = 'pending' and n.needs_worker or s.was_queued and not s.anew then n.queue when n.by_cron then '' end,
           case when n.needs_worker then n.requires end,
           case s.status when 'pending' then case when s.anew then p_now else greatest(p_now, coalesce(nullif(s.due_at, 'infinity'), p_now)) end
                         when 'waiting' then s.due_at end,
           case when s.status = 'waiting' then s.wait_for end,
           a.assigned_to,
           case when a.previous_assignment_id = any (p_dropped) then (    -- a join that holds again: the first token that it keeps
               select t.from_assignment_id from interlock.tokens t
               where t.execution_id = p_new and t.join_node = n.node_no and t.visit = a.visit and not t.late
               order by t.token_number limit 1)
               else a.previous_assignment_id end,
           a.parent_assignment_id,
           case when s.is_kept or s.status = 'waiting' then a.ports end,
           case when s.status = 'waiting' then a.output end,
           case when s.is_kept and (a.output is not null or a.source_id is not null) or s.status = 'waiting' and a.source_id is not null
               then coalesce(a.source_execution_id, p_old) end,
           case when s.is_kept or s.status = 'waiting' then case when a.output is not null and s.is_kept then a.id else a.source_id end end,
           case when s.is_kept or not s.anew and s.status = 'pending' and a.attempt > 1 then a.error
                when s.status = 'waiting' then nullif(a.error -> 'error', 'null') end,
           interlock.marks_in_version(a.late_for, a.version_id, p_version_id),
           case when s.status in ('pending', 'waiting') then a.lock_key end,
           nextval('interlock.change_numbers'), a.created_at,
           case when s.is_kept or s.status = 'waiting' then a.started_at end,
           case when s.is_kept then a.ended_at end
    from (
        select o.*,
               case
                   when o.id = any (p_again) then case
                       when o.error ->> 'code' = 'join_unfilled' and o.worker_id is null or o.status = 'cancelled' and o.error ->> 'was' = 'holding' then 'holding'
                       else 'pending' end
                   when o.id = any (p_dropped) then 'holding'
                   when o.status = 'cancelled' and o.error ->> 'code' = 'execution_ended'
                       then case when o.error ->> 'was' = 'running' or o.lock_key is not null and coalesce(o.error ->> 'wait_for', 'time') not in ('order', 'turn') then 'pending' else o.error ->> 'was' end
                   else o.status end as new_status
        from interlock.assignments o
        where o.execution_id = p_old
    ) a
    join interlock.nodes n on n.version_id = p_version_id and n.node_no = interlock.node_in_version(a.version_id, a.node_no, p_version_id)
    cross join lateral (
        select a.new_status as status,
               a.new_status in ('completed', 'failed', 'cancelled') as is_kept,
               a.id = any (p_again) as anew,
               case when a.error ->> 'was' <> 'running' and a.lock_key is null then (a.error ->> 'due_at')::timestamptz end as due_at,   -- not an old limit
               coalesce(a.error ->> 'wait_for', 'time') as wait_for,
               a.status = 'cancelled' and a.queue <> '' as was_queued
    ) s
    where a.id <> all (p_dropped) or exists (
        select from interlock.tokens t
        where t.execution_id = p_new and t.join_node = n.node_no and t.visit = a.visit and not t.late
    ) and n.join_kind <> 'each';

    update interlock.assignments a set late_for = interlock.standing_marks(p_new, a.late_for) where a.execution_id = p_new and a.late_for is not null;
    update interlock.tokens t set late_for = interlock.standing_marks(p_new, t.late_for) where t.execution_id = p_new and t.late_for is not null;

    insert into interlock.context_changes (execution_id, revision, assignment_id, patch)
    select p_new, row_number() over (order by c.revision), c.assignment_id, c.patch
    from interlock.context_changes c
    where c.execution_id = p_old and c.assignment_id <> all (p_dropped) and c.assignment_id <> all (p_again);
    update interlock.executions e
    set context = c.context, context_revision = c.revision
    from (
        select coalesce(jsonb_object_agg(pair.key, pair.value order by x.revision), '{}') as context, coalesce(max(x.revision), 0) as revision
        from interlock.context_changes x
        cross join lateral jsonb_each(x.patch) pair
        where x.execution_id = p_new
    ) c
    where e.id = p_new;
end $$;
