-- Visits that stood still begin: joins that go, and what was left pending for a virtual user.
-- Transition: holding -> pending | running; holding, pending -> waiting | completed | failed.
-- Caller:  begin_joins, sweep_virtual_users; with the locks of the executions.
-- Errors:  none of its own; rows that have moved on meanwhile are left alone.
-- p_marks: some version of the batch has joins that can be late for.
create function interlock.begin_visits(
    p_executions uuid[], p_assignments uuid[], p_unfilled boolean[], p_inline boolean, p_marks boolean, p_taker interlock.taker, p_now timestamptz
) returns interlock.wave
language plpgsql set search_path = '' as $$
declare
    v_wave     interlock.wave;
    c_standing constant text[] := '{holding,pending}';                    -- not a literal: no partial index is to be scanned for it
begin
    with beginning as materialized (
        select row_number() over (order by g.ord) as ord, a.execution_id, a.id, a.version_id, a.node_no, a.visit, a.rounds, a.status as was,
               a.lock_key, a.previous_assignment_id, coalesce(g.unfilled, false) as unfilled,
               n.kind, n.queue, n.join_kind, n.inline, n.ordered, n.on_error, n.timeout_seconds, n.max_visits, n.lock_program,
               e.context, e.subject, e.input as execution_input, e.suspended_at is not null as suspended,
               case
                   when n.kind = 'start' then null
                   when n.merges then m.input
                   when n.kind <> 'worker' then interlock.input_of(a.execution_id, a.id)
               end as input
        from unnest(p_executions, p_assignments, p_unfilled) with ordinality g (execution_id, id, unfilled, ord)
        join interlock.assignments a on a.execution_id = g.execution_id and a.id = g.id and a.status = any (c_standing)
        cross join lateral (
            select x.*, coalesce(x.join_kind, 'each') <> 'each' and (x.kind <> 'worker' or x.lock_program is not null) as merges
            from interlock.nodes x where x.version_id = a.version_id and x.node_no = a.node_no offset 0
        ) n
        join interlock.executions e on e.id = g.execution_id and e.ended_at is null
        cross join lateral interlock.merged_inputs(case when n.merges then a.execution_id end, a.node_no, a.visit) m
    ), keyed as materialized (
        select b.*, case when b.lock_key is not null then b.lock_key when b.lock_program is not null then
                   interlock.lock_key_of(b.lock_program, b.input, b.context, b.subject, b.execution_id) end as key,
               row_number() over (
                   partition by b.queue, b.kind = 'worker' and not b.suspended and b.lock_program is null order by b.ord) as place
        from beginning b
    ), resolved as materialized (
        select k.*,
               case
                   when k.rounds > k.max_visits then jsonb_build_object('code', 'max_visits_exceeded', 'retryable', false,
                       'message', format('This node was visited %s times without anything waiting in between.', k.max_visits))
                   when k.unfilled then jsonb_build_object('code', 'join_unfilled', 'retryable', false,
                       'message', 'Fewer tokens came than this join needs, and nothing open can bring another.')
                   when k.lock_program is not null and k.key is null then jsonb_build_object('code', 'lock_key_missing', 'retryable', false,
                       'message', 'The lock of this node has no value of 1 to 500 characters for its input.')
               end as refusal,
               case
                   when k.kind = 'worker' or k.suspended or k.rounds > k.max_visits or k.unfilled or not p_inline then null
                   when k.kind = 'wait' and k.was = 'holding' and k.key is not null then null
                   else interlock.resolve_inline(k.kind, k.inline, k.input, k.context, k.subject, k.execution_id, p_now)
               end as r
        from keyed k
    ), decided as materialized (
        select d.*, d.reached = 'waiting' as waits,
               case when d.ordered and not d.is_fatal and d.reached in ('completed', 'failed')
                       and interlock.has_earlier_open_visit(d.execution_id, d.node_no, d.visit)
                   then 'waiting' else d.reached end as status
        from (
            select y.*,
                   y.reached = 'failed' and (y.on_error = 'fail' or y.kind = 'fail' and y.refusal is null or y.rounds > y.max_visits) as is_fatal,
                   y.kind <> 'worker' and (not p_inline or y.suspended or y.kind = 'wait' and y.was = 'holding' and y.key is not null) as is_virtual
            from (
                select x.*, coalesce(x.refusal, (x.r).error) as error,
                       case
                           when x.refusal is not null then 'failed'
                           when (x.r).status is not null then (x.r).status
                           when x.kind = 'worker' and not x.suspended and x.lock_program is null
                                   and x.place <= coalesce((p_taker).rooms[array_position((p_taker).queues, x.queue)], 0)
                               then 'running'
                           else 'pending'
                       end as reached
                from resolved x
                offset 0                                                  -- so that each is decided once
            ) y
        ) d
    ), updated as (
        update interlock.assignments a
        set status = d.status,
            suspended = d.suspended and d.status = 'pending',
            queue = case when not d.is_virtual then d.queue end,
            due_at = case d.status
                when 'pending' then p_now
                when 'running' then p_now + make_interval(secs => d.timeout_seconds)
                when 'waiting' then (d.r).due_at end,
            wait_for = case when d.status = 'waiting' then case when d.waits then 'time' else 'order' end end,
            worker_id = case when d.status = 'running' then (p_taker).worker_id end,
            claim_request = case when d.status = 'running' then (p_taker).request end,
            ports = case when d.error is not null and not d.is_fatal and d.on_error = 'port' then '{error}' else (d.r).ports end,
            output = case
                when d.error is not null then case when not d.is_fatal then jsonb_build_object('error', d.error) end
                when d.kind in ('worker', 'start') or d.status = 'pending' or d.join_kind is null or d.join_kind = 'each' then null
                else d.input end,
            source_execution_id = case when d.passes then nullif(p.source_execution_id, d.execution_id) end,
            source_id = case when d.passes then p.source_id end,
            error = d.error,
            late_for = case when d.was = 'holding' and p_marks then interlock.inherited_marks(d.execution_id, d.node_no, d.visit) else a.late_for end,
            lock_key = d.key,
            witness_id = null,
            witness_slot = null,
            change_number = nextval('interlock.change_numbers'),
            started_at = case when d.status <> 'pending' then p_now end,
            ended_at = case when d.status in ('completed', 'failed') then p_now end
        from (
            select y.*, y.kind not in ('worker', 'start') and y.error is null and (y.join_kind is null or y.join_kind = 'each') as passes
            from decided y
        ) d
        left join lateral (
            select coalesce(b.source_execution_id, b.execution_id) as source_execution_id, coalesce(b.source_id, b.id) as source_id
            from interlock.assignments b
            where d.passes and b.execution_id = d.execution_id and b.id = d.previous_assignment_id
        ) p on true
        where a.execution_id = d.execution_id and a.id = d.id
            and (d.status <> 'pending' or d.was = 'holding' or d.status = 'pending' and not d.is_virtual)
        returning 1
    )
    select
        array_agg(d.execution_id) filter (where d.status in ('completed', 'failed') and d.kind <> 'end' and not coalesce(d.is_fatal, false)),
        array_agg(d.id) filter (where d.status in ('completed', 'failed') and d.kind <> 'end' and not coalesce(d.is_fatal, false)),
        null, null, null, null, null, null,
        array_agg(d.execution_id) filter (where d.is_fatal or d.kind = 'end' and d.status = 'completed'),
        array_agg(d.id) filter (where d.is_fatal or d.kind = 'end' and d.status = 'completed'),
        array_agg(d.error) filter (where d.is_fatal or d.kind = 'end' and d.status = 'completed'),
        array_agg(d.execution_id) filter (where d.status = 'running'),
        array_agg(d.id) filter (where d.status = 'running'),
        array_agg(d.queue) filter (where d.status = 'running'),
        array_agg(distinct case when not d.is_virtual then d.queue end) filter (where d.status = 'pending' and not d.suspended),
        null,
        null,
        array_agg(d.execution_id) filter (where (d.r).context is not null),
        array_agg((d.r).context) filter (where (d.r).context is not null)
    into v_wave
    from (select x.* from decided x order by x.ord) d;
    return v_wave;
end $$;
