-- Decides how visits begin: every rule about it is here and nowhere else. One row for each opening that can begin, in order; changes nothing.
-- Caller: open_visits and begin_standing, which write the decisions; with the locks of the executions.
-- p_budget: how many visits and tokens this transaction may still make. If none, openings are left pending for the virtual user; if some, the whole wave
--           begins, because only the next wave sees what it changes in a context. A single wave costs at most 10,000.
-- A plain SQL function in a from clause, so that it becomes part of the statement that calls it.
create function interlock.decide_openings(p_openings interlock.opening[], p_budget integer, p_taker interlock.taker, p_now timestamptz)
returns table (
    ord bigint, execution_id uuid, id uuid, was text, version_id integer, node_no integer, visit integer, visits_since_wait integer, status text,
    is_indexed boolean, ordered boolean, suspended boolean, queue text, requires text, due_at timestamptz, wait_for text, worker_id uuid,
    claim_request bigint, from_id uuid, ports text[], output jsonb, source_execution_id uuid, source_id uuid, error jsonb, late_for jsonb,
    lock_key text, context jsonb, leaves boolean, ends boolean, is_virtual boolean, is_active boolean
)
language sql stable as $$
    with beginning as (
        select o.ord, o.execution_id, o.id, coalesce(a.status, 'new') as was, o.version_id, o.node_no, o.from_id, o.is_unfilled,
               n.node_id, n.kind, n.queue, n.requires, n.join_kind, n.inline, n.fan_out, n.ordered, n.is_indexed, n.on_error, n.timeout_seconds, n.max_visits,
               n.lock_program, n.by_cron, n.needs_worker, n.ends_execution, n.reads_input, n.passes_input, n.merges_input, n.is_always_fatal, n.may_wait,
               e.context, e.subject, e.workspace_id, e.suspended_at is not null as suspended, e.status = 'running' as is_running,
               a.lock_key as lock_key_before,
               coalesce(o.source_execution_id, p.execution_id) as source_execution_id, coalesce(o.source_id, p.id) as source_id,
               a.visit as standing_visit, a.visits_since_wait as standing_visits_since_wait, coalesce(last.visit, 0) as last_visit,
               case when last.created_at >= e.last_waited_at or e.last_waited_at is null then coalesce(last.visits_since_wait, 0) else 0 end
                   as last_visits_since_wait,
               -- a node that is not repeatable has one visit
               n.is_repeatable, case when n.is_repeatable then o.execution_id end as repeated_execution,
               case when n.is_repeatable then o.node_no end as repeated_node,
               n.needs_worker and e.suspended_at is null and n.lock_program is null and (n.requires is null or n.requires = any ((p_taker).node_types))
                   as may_be_handed,
               -- a join takes over the marks that all its tokens carry; the mark of a join ends with its visit
               case
                   when o.id is null then interlock.without_mark(o.late_for, case when n.join_kind is not null then o.node_no end)
                   when a.status = 'holding' and n.may_be_late then interlock.inherited_marks(o.execution_id, o.node_no, a.visit)
                   else a.late_for
               end as late_for,
               case
                   when n.merges_input then (select m.input from interlock.merged_inputs(o.execution_id, o.node_no, a.visit) m)
                   when n.reads_input then coalesce(
                       (select b.output from interlock.assignments b
                        where b.execution_id = coalesce(o.source_execution_id, p.execution_id) and b.id = coalesce(o.source_id, p.id)),
                       (select x.input from interlock.executions x where x.id = coalesce(o.source_execution_id, p.execution_id)))
               end as input
        from unnest(p_openings) with ordinality
            o (execution_id, id, version_id, node_no, from_id, source_execution_id, source_id, late_for, is_unfilled, ord)
        cross join lateral (select x.* from interlock.nodes x where x.version_id = o.version_id and x.node_no = o.node_no offset 0) n
        join interlock.executions e on e.id = o.execution_id and e.ended_at is null
        -- the visit that exists already
        left join lateral (
            select x.status, x.visit, x.visits_since_wait, x.lock_key, x.late_for, x.previous_assignment_id
            from interlock.assignments x
            where o.id is not null and x.execution_id = o.execution_id and x.id = o.id and x.status = any ('{holding,pending}')
        ) a on true
        -- the last visit of the node, before a new one
        left join lateral (
            select x.visit, x.visits_since_wait, x.created_at
            from interlock.assignments x
            where o.id is null and n.is_repeatable
                and x.execution_id = o.execution_id and x.node_no = o.node_no and x.is_indexed and x.parent_assignment_id is null
            order by x.visit desc limit 1
        ) last on true
        -- the assignment whose output an existing visit gets
        left join lateral (
            select coalesce(b.source_execution_id, b.execution_id) as execution_id, coalesce(b.source_id, b.id) as id
            from interlock.assignments b
            where a.previous_assignment_id is not null and n.passes_input and not n.merges_input
                and b.execution_id = o.execution_id and b.id = a.previous_assignment_id
        ) p on true
        where o.id is null or a.status is not null
        offset 0
    ), numbered as (
        select b.*,
               -- visits of one node that begin together are numbered in order
               case when b.is_repeatable then row_number() over (partition by b.repeated_execution, b.repeated_node order by b.ord) else 1 end as visit_no,
               -- the worker that reports is handed as many as it has capacity for
               row_number() over (partition by b.queue, b.may_be_handed order by b.ord) as hand_no,
               -- a virtual user's visit costs the successors that it may have and what it has to read: 8 KiB count as one visit
               coalesce(sum(case when not b.needs_worker then b.fan_out + case when b.reads_input or b.merges_input
                       then (coalesce(pg_catalog.pg_column_size(b.input), 0) + pg_catalog.pg_column_size(b.context)) / 8192 else 0 end else 0 end)
                   over (order by b.queue, b.may_be_handed, b.ord rows between unbounded preceding and 1 preceding), 0) as spent
        from beginning b
    ), keyed as (
        select n.*, coalesce(n.standing_visit, n.last_visit + n.visit_no)::integer as visit,
               coalesce(n.standing_visits_since_wait, n.last_visits_since_wait + n.visit_no)::integer as visits_since_wait,
               coalesce(n.lock_key_before, case when n.lock_program is not null then
                   interlock.lock_key_of(n.lock_program, n.input, n.context, n.subject, n.execution_id, n.workspace_id) end) as lock_key,
               -- left for the virtual user: by cron, suspended, beyond the budget, or because it has to hold its lock while it waits
               n.suspended or n.was = 'new' and n.by_cron or p_budget <= 0 or n.spent >= 10000
                   or n.may_wait and n.lock_program is not null and n.was <> 'pending' as is_left
        from numbered n
        offset 0                                                          -- here and below: so that each is decided once
    ), resolved as (
        select k.*,
               case
                   when k.visits_since_wait > k.max_visits then interlock.assignment_error('max_visits_exceeded',
                       format('The node %s was visited %s times while nothing in its execution waited, the most that its max_visits allows.',
                           k.node_id, k.max_visits),
                       'Check what ends the loop. If the loop is meant to go on longer, raise max_visits of the node.')
                   when k.is_unfilled then interlock.assignment_error('join_unfilled',
                       'This join got fewer tokens than it needs, and nothing that is still open can bring another.',
                       'Connect every branch that may be taken to the join, or let it need fewer: join: first, or join: {count: N}.')
                   when k.lock_program is not null and k.lock_key is null then interlock.assignment_error('lock_key_missing',
                       format('The lock of the node %s has no value of 1 to 500 characters for this input.', k.node_id),
                       'Give the input the field that the lock names, or fix the lock of the node.')
               end as refusal,
               case when not k.needs_worker and not k.is_left and k.visits_since_wait <= k.max_visits and k.is_unfilled is not true
                       and (k.lock_program is null or k.lock_key is not null)
                   then interlock.resolve_inline(k.kind, k.inline, k.input, k.context, k.subject, k.execution_id, p_now) end as resolution
        from keyed k
        offset 0
    ), reached as (
        select r.*, coalesce(r.refusal, (r.resolution).error) as error,
               not r.needs_worker and r.refusal is null and r.is_left as is_virtual,
               case
                   when r.refusal is not null then 'failed'
                   when (r.resolution).status is not null then (r.resolution).status
                   when r.may_be_handed and r.hand_no <= coalesce((p_taker).capacities[pg_catalog.array_position((p_taker).queues, r.queue)], 0)
                       then 'running'
                   else 'pending'
               end as reached
        from resolved r
        offset 0
    ), judged as (
        select r.*,
               r.reached = 'failed' and (r.on_error = 'fail' or r.is_always_fatal and r.refusal is null or r.visits_since_wait > r.max_visits) as is_fatal,
               -- an ordered visit leaves after every earlier one, of this call too
               r.ordered and r.is_repeatable and not r.ends_execution and r.reached in ('completed', 'failed') and (
                   coalesce(bool_or(r.reached not in ('completed', 'failed')) over (
                       partition by r.repeated_execution, r.repeated_node order by r.ord rows between unbounded preceding and 1 preceding), false)
                   or interlock.has_earlier_open_visit(r.execution_id, r.node_no, r.visit)) as is_parked
        from reached r
    ), decided as (
        select j.*, j.is_parked and not j.is_fatal as parks, j.error is not null and not j.is_fatal as is_caught,
               j.passes_input and not j.merges_input and j.error is null as passes,
               case when j.is_parked and not j.is_fatal then 'waiting' else j.reached end as status
        from judged j
    )
    select d.ord, d.execution_id, coalesce(d.id, interlock.uuidv7()), d.was, d.version_id, d.node_no, d.visit, d.visits_since_wait, d.status,
           d.is_indexed, d.ordered, d.suspended and d.status = 'pending',
           case when not d.is_virtual then d.queue when d.by_cron then '' end,
           case when d.needs_worker then d.requires end,
           case d.status
               when 'pending' then p_now
               when 'running' then p_now + make_interval(secs => d.timeout_seconds)
               when 'waiting' then (d.resolution).due_at
           end,
           case when d.status = 'waiting' then case when d.parks then 'order' else 'time' end end,
           case when d.status = 'running' then (p_taker).worker_id end,
           case when d.status = 'running' then (p_taker).request end,
           d.from_id,
           case when d.is_caught and d.on_error = 'port' then '{error}' else (d.resolution).ports end,
           case
               when d.is_caught then jsonb_build_object('error', d.error)
               when d.error is null and d.merges_input and not d.needs_worker and d.status <> 'pending' then d.input
           end,
           case when d.passes then nullif(d.source_execution_id, d.execution_id) end,
           case when d.passes then d.source_id end,
           d.error, d.late_for, d.lock_key, (d.resolution).context,
           (d.status in ('completed', 'failed') or d.parks) and not d.ends_execution and not d.is_fatal,
           d.is_fatal or d.ends_execution and d.status = 'completed',
           d.is_virtual,
           d.is_running and d.status in ('pending', 'running')
    from decided d
$$;
