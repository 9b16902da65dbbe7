-- One wave: what is finished leaves over its MAIN connections; successors begin, tokens for joins are listed.
-- Transition: (new) -> pending | running | waiting | completed | failed.
-- Caller:  advance, which holds the locks of the executions.
-- Errors:  none of its own. A repeat would deliver twice: the caller sees to it that each assignment leaves once.
-- With p_inline false, what a virtual user would do is left pending for it.
create function interlock.leave_nodes(
    p_executions uuid[], p_assignments uuid[], p_inline boolean, p_taker interlock.taker, p_now timestamptz
) returns interlock.wave
language plpgsql set search_path = '' as $$
declare
    v_wave interlock.wave;
begin
    with leaving as (
        select f.ord, a.execution_id, a.id, a.version_id, a.node_no, coalesce(a.ports, '{main}') as ports, a.late_for,
               a.output, a.source_execution_id, a.source_id,
               e.input as execution_input, e.context, e.subject, e.last_waited_at, e.suspended_at is not null as suspended, e.status = 'running' as is_running
        from unnest(p_executions, p_assignments) with ordinality f (execution_id, id, ord)
        join interlock.assignments a on a.execution_id = f.execution_id and a.id = f.id
        join interlock.executions e on e.id = f.execution_id
        where e.ended_at is null
    ), successor as materialized (
        select l.ord, l.execution_id, l.id as from_id, l.version_id, l.late_for, l.suspended, l.is_running, l.context, l.subject, l.last_waited_at,
               c.connection_no, c.slot, n.node_no, n.kind, n.queue, n.join_kind, n.inline, n.is_repeatable, n.is_indexed, n.ordered,
               n.on_error, n.timeout_seconds, n.max_visits, n.lock_program, n.by_cron,
               coalesce(l.source_execution_id, l.execution_id) as source_execution_id, coalesce(l.source_id, l.id) as source_id,
               case when n.kind not in ('worker', 'pass', 'end') or n.lock_program is not null then
                   coalesce(l.output,
                       (select s.output from interlock.assignments s
                        where s.execution_id = coalesce(l.source_execution_id, l.execution_id) and s.id = l.source_id),
                       l.execution_input)
               end as input
        from leaving l
        join interlock.connections c
            on c.version_id = l.version_id and c.from_node = l.node_no and c.type = 'MAIN' and c.port = any (l.ports)
        cross join lateral (
            select x.* from interlock.nodes x where x.version_id = l.version_id and x.node_no = c.to_node offset 0
        ) n
    ), numbered as (
        select s.*,
               coalesce(last.visit, 0) + row_number() over (partition by s.execution_id, s.node_no order by s.ord, s.connection_no) as visit,
               case when last.created_at > s.last_waited_at or s.last_waited_at is null then coalesce(last.rounds, 0) + 1 else 1 end as rounds,
               case when s.lock_program is not null then
                   interlock.lock_key_of(s.lock_program, s.input, s.context, s.subject, s.execution_id)
               end as lock_key
        from successor s
        left join lateral (
            select a.visit, a.rounds, a.created_at
            from interlock.assignments a
            where s.is_repeatable
                and a.execution_id = s.execution_id and a.node_no = s.node_no and a.is_indexed and a.parent_assignment_id is null
            order by a.visit desc limit 1
        ) last on true
        where s.join_kind is null or s.join_kind = 'each'
    ), resolved as (
        select n.*,
               case
                   when n.kind = 'worker' or n.suspended or n.rounds > n.max_visits or n.by_cron or not p_inline then null
                   when n.kind = 'wait' and n.lock_key is not null then null
                   when n.kind in ('pass', 'end') then row('completed', null, null, null, null)::interlock.resolution
                   when n.lock_program is not null and n.lock_key is null then null
                   else interlock.resolve_inline(n.kind, n.inline, n.input, n.context, n.subject, n.execution_id, p_now)
               end as r,
               row_number() over (
                   partition by n.queue, n.kind = 'worker' and not n.suspended and n.lock_program is null
                   order by n.ord, n.connection_no) as place
        from numbered n
    ), decided as materialized (
        select d.*, interlock.uuidv7() as id, d.reached = 'waiting' as waits,
               case when d.ordered and not d.is_fatal and d.reached in ('completed', 'failed') and (
                       select true from interlock.assignments b
                       where b.execution_id = d.execution_id and b.node_no = d.node_no and b.is_indexed and b.ended_at is null limit 1)
                   then 'waiting' else d.reached end as status
        from (
            select y.*, y.reached = 'failed' and (y.on_error = 'fail' or y.kind = 'fail' or y.rounds > y.max_visits) as is_fatal,
                   y.kind <> 'worker' and (not p_inline or y.by_cron or y.suspended or y.kind = 'wait' and y.lock_key is not null) as is_virtual
            from (
                select x.*,
                       case
                           when x.rounds > x.max_visits or x.lock_program is not null and x.lock_key is null then 'failed'
                           when (x.r).status is not null then (x.r).status
                           when x.kind = 'worker' and not x.suspended and x.lock_program is null
                                   and x.place <= coalesce((p_taker).rooms[array_position((p_taker).queues, x.queue)], 0)
                               then 'running'
                           else 'pending'
                       end as reached,
                       case
                           when x.rounds > x.max_visits then jsonb_build_object('code', 'max_visits_exceeded', 'retryable', false,
                               'message', format('This node was visited %s times without anything waiting in between.', x.max_visits))
                           when x.lock_program is not null and x.lock_key is null then jsonb_build_object('code', 'lock_key_missing',
                               'retryable', false, 'message', 'The lock of this node has no value of 1 to 500 characters for its input.')
                           else (x.r).error
                       end as error
                from resolved x
                offset 0                                                  -- so that each is decided once
            ) y
        ) d
    ), inserted as (
        insert into interlock.assignments (
            execution_id, id, version_id, node_no, visit, rounds, status, is_indexed, ordered, suspended, queue, due_at, wait_for, worker_id, claim_request,
            previous_assignment_id, ports, output, source_execution_id, source_id, error, late_for, lock_key, change_number,
            created_at, started_at, ended_at)
        select d.execution_id, d.id, d.version_id, d.node_no, d.visit, d.rounds, d.status, d.is_indexed, d.ordered,
               d.suspended and d.status = 'pending',
               case when not d.is_virtual then d.queue end,
               case d.status
                   when 'pending' then p_now
                   when 'running' then p_now + make_interval(secs => d.timeout_seconds)
                   when 'waiting' then (d.r).due_at
               end,
               case when d.status = 'waiting' then case when d.waits then 'time' else 'order' end end,
               case when d.status = 'running' then (p_taker).worker_id end,
               case when d.status = 'running' then (p_taker).request end,
               d.from_id,
               case when d.error is not null and not d.is_fatal and d.on_error = 'port' then '{error}' else (d.r).ports end,
               case when d.error is not null and not d.is_fatal then jsonb_build_object('error', d.error) end,
               case when d.kind <> 'worker' and d.error is null then nullif(d.source_execution_id, d.execution_id) end,
               case when d.kind <> 'worker' and d.error is null then d.source_id end,
               d.error,
               interlock.without_mark(d.late_for, case when d.join_kind is not null then d.node_no end),
               d.lock_key,
               nextval('interlock.change_numbers'), p_now,
               case when d.status <> 'pending' then p_now end,
               case when d.status in ('completed', 'failed') then p_now end
        from decided d
        returning 1
    )
    select
        d.frontier_executions, d.frontier_assignments,
        j.executions, j.versions, j.nodes, j.slots, j.senders, j.marks,
        d.ended_executions, d.ended_by, d.ended_errors, d.handed_executions, d.handed_assignments, d.handed_queues, d.pending_queues,
        d.active_executions, null, d.context_executions, d.context_patches
    into v_wave
    from (
        select
            array_agg(x.execution_id) filter (where x.leaves) as frontier_executions,
            array_agg(x.id) filter (where x.leaves) as frontier_assignments,
            array_agg(x.execution_id) filter (where x.ends) as ended_executions,
            array_agg(x.id) filter (where x.ends) as ended_by,
            array_agg(x.error) filter (where x.ends) as ended_errors,
            array_agg(x.execution_id) filter (where x.status = 'running') as handed_executions,
            array_agg(x.id) filter (where x.status = 'running') as handed_assignments,
            array_agg(x.queue) filter (where x.status = 'running') as handed_queues,
            array_agg(distinct case when not x.is_virtual then x.queue end) filter (where x.status = 'pending' and not x.suspended) as pending_queues,
            array_agg(x.execution_id) filter (where x.status in ('pending', 'running') and x.is_running) as active_executions,
            array_agg(x.execution_id) filter (where (x.r).context is not null) as context_executions,
            array_agg((x.r).context) filter (where (x.r).context is not null) as context_patches
        from (
            select y.*, y.status in ('completed', 'failed') and y.kind <> 'end' and not y.is_fatal as leaves,
                   y.is_fatal or y.kind = 'end' and y.status = 'completed' as ends
            from decided y order by y.ord, y.connection_no
        ) x
    ) d
    cross join (
        select array_agg(s.execution_id) as executions, array_agg(s.version_id) as versions, array_agg(s.node_no) as nodes,
               array_agg(s.slot) as slots, array_agg(s.from_id) as senders, array_agg(s.late_for) as marks
        from (select x.* from successor x where x.join_kind <> 'each' order by x.ord, x.connection_no) s
    ) j;
    return v_wave;
end $$;
