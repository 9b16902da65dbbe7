-- Writes completed visits whose tokens all go to one join, puts the tokens there, and begins the join if it has all of them: what finish, place_tokens,
-- choose_joins and begin_standing would do one after another, in one statement. See joining_nodes.
-- Transition: running -> completed; (new), holding -> holding | pending | running | completed.
-- Caller:  record_general, with the locks of the executions. Errors: none of its own. A repeat finds the visits ended, and takes nothing.
-- Takes all results of an execution or none. It is running and not suspended, and no visit of the join has begun. A join that this leaves holding is looked
-- at by choose_joins, as every other one.
-- Returns the positions of the results that it took, and the wave that follows.
-- p_locked: the executions that are locked; null: all.
create function interlock.finish_into_joins(
    p_results interlock.ending[], p_locked uuid[], p_taker interlock.taker, p_now timestamptz, out taken bigint[], out wave interlock.wave
)
language plpgsql set search_path = '' as $$
begin
    with reported as (
        select f.ord, f.execution_id, f.id, f.output, j.version_id, j.join_node, j.slot
        from unnest(p_results) with ordinality f (execution_id, id, was, outcome, worker_id, attempt, output, ports, error, context, due_at, wait_for,
            retries, losses, requires, leaves, ends_execution, tries, ord)
        left join interlock.assignments a on f.outcome = 'completed' and f.ports is null and f.context is null
            and a.execution_id = f.execution_id and a.id = f.id and interlock.is_plain_attempt(a, f.worker_id, f.attempt)
        left join interlock.joining_nodes j on j.version_id = a.version_id and j.node_no = a.node_no
    ), arriving as (
        select r.execution_id, min(r.version_id) as version_id, min(r.join_node) as join_node, array_agg(r.ord order by r.ord) as ords,
               array_agg(r.id order by r.ord) as ids, array_agg(r.slot order by r.ord) as slots, array_agg(r.output order by r.ord) as outputs
        from reported r
        where p_locked is null or r.execution_id = any (p_locked)
        group by r.execution_id
        having count(*) = count(r.join_node) and min(r.join_node) = max(r.join_node) and count(*) = count(distinct r.slot)
    ), standing as materialized (
        select g.*, n.queue, n.requires, n.needs_worker, n.timeout_seconds, h.id as holding_id, n.slot_count,
               (n.requires is null or n.requires = any ((p_taker).node_types)) and n.needs_worker as may_be_handed,
               -- it has all tokens, or nothing else is open that could bring one
               coalesce(present.count, 0) + cardinality(g.slots) = n.slot_count or (
                   select true from interlock.assignments o
                   where o.execution_id = g.execution_id and o.ended_at is null and o.id <> all (g.ids) and o.id is distinct from h.id limit 1) is null as begins
        from arriving g
        cross join lateral (                                              -- offset: found by its key, here and below
            select x.status, x.suspended_at from interlock.executions x where x.id = g.execution_id offset 0
        ) e
        cross join lateral (
            select x.queue, x.requires, x.needs_worker, x.timeout_seconds, x.slot_count
            from interlock.nodes x where x.version_id = g.version_id and x.node_no = g.join_node offset 0
        ) n
        left join lateral (
            select x.id, x.status, x.visit from interlock.assignments x
            where x.execution_id = g.execution_id and x.node_no = g.join_node and x.is_indexed and x.parent_assignment_id is null
            order by x.visit desc limit 1
        ) h on true
        left join lateral (
            select count(*) as count, bool_or(t.slot = any (g.slots)) as is_filled from interlock.tokens t
            where h.id is not null and t.execution_id = g.execution_id and t.join_node = g.join_node and t.visit = h.visit
        ) present on true
        where e.status = 'running' and e.suspended_at is null and (h.id is null or h.status = 'holding' and h.visit = 1 and present.is_filled is not true)
    ), merged as (
        select s.*, case when s.begins and not s.needs_worker then (
                   select coalesce(jsonb_object_agg(pair.key, pair.value order by o.slot), '{}')
                   from (
                       select u.slot, u.output from unnest(s.slots, s.outputs) u (slot, output)
                       union all
                       select t.slot, coalesce(b.output, interlock.output_of(b.execution_id, b.id))
                       from interlock.tokens t
                       cross join lateral (
                           select x.execution_id, x.id, x.output from interlock.assignments x
                           where x.execution_id = t.execution_id and x.id = t.from_assignment_id offset 0
                       ) b
                       where s.holding_id is not null and t.execution_id = s.execution_id and t.join_node = s.join_node and t.visit = 1
                   ) o
                   cross join lateral jsonb_each(o.output) pair) end as input,
               row_number() over (partition by s.queue, s.begins and s.may_be_handed order by s.execution_id) as hand_no
        from standing s
    ), decided as materialized (
        select m.*, coalesce(m.holding_id, interlock.uuidv7()) as id,
               case
                   when not m.begins then 'holding'
                   when not m.needs_worker then 'completed'
                   when m.may_be_handed and m.hand_no <= coalesce((p_taker).capacities[array_position((p_taker).queues, m.queue)], 0) then 'running'
                   else 'pending' end as status
        from merged m
    ), finished as (
        update interlock.assignments a
        set status = 'completed', ended_at = p_now, output = f.output, due_at = null, error = null, requires = null,
            change_number = nextval('interlock.change_numbers')
        from (select s.execution_id, u.id, u.output from standing s, unnest(s.ids, s.outputs) u (id, output) offset 0) f
        where a.execution_id = f.execution_id and a.id = f.id
        returning 1
    ), stored as (
        insert into interlock.tokens (execution_id, join_node, visit, slot, from_assignment_id, token_number)
        select s.execution_id, s.join_node, 1, t.slot, t.id, nextval('interlock.change_numbers')
        from standing s, unnest(s.slots, s.ids) t (slot, id)
        where (select count(*) from finished) > 0                         -- numbered after them
        returning 1
    ), opened as (
        insert into interlock.assignments (execution_id, id, version_id, node_no, visit, status, is_indexed, queue, requires, due_at, worker_id, claim_request,
            previous_assignment_id, output, change_number, created_at, started_at, ended_at)
        select d.execution_id, d.id, d.version_id, d.join_node, 1, d.status, true, d.queue, case when d.begins then d.requires end,
               case d.status when 'pending' then p_now when 'running' then p_now + make_interval(secs => d.timeout_seconds) end,
               case when d.status = 'running' then (p_taker).worker_id end, case when d.status = 'running' then (p_taker).request end,
               d.ids[1], d.input, nextval('interlock.change_numbers'), p_now, case when d.status in ('running', 'completed') then p_now end,
               case when d.status = 'completed' then p_now end
        from decided d
        where d.holding_id is null and (select count(*) from stored) > 0
    ), begun as (
        update interlock.assignments a
        set status = d.status, requires = d.requires,
            due_at = case d.status when 'pending' then p_now when 'running' then p_now + make_interval(secs => d.timeout_seconds) end,
            worker_id = case when d.status = 'running' then (p_taker).worker_id end,
            claim_request = case when d.status = 'running' then (p_taker).request end, output = d.input, witness_id = null, witness_slot = null,
            change_number = nextval('interlock.change_numbers'), started_at = case when d.status <> 'pending' then p_now end,
            ended_at = case when d.status = 'completed' then p_now end
        from decided d
        where d.begins and (select count(*) from stored) > 0 and a.execution_id = d.execution_id and a.id = d.holding_id
    )
    select array(select u.ord from standing s, unnest(s.ords) u (ord) order by 1),
           array_agg(row(d.execution_id, d.id, d.version_id, d.join_node, null, null, null, null)::interlock.departure order by d.execution_id)
               filter (where d.status = 'completed'),
           array_agg(row(d.execution_id, d.id, d.queue)::interlock.handed_assignment order by d.execution_id) filter (where d.status = 'running'),
           array_agg(d.queue order by d.execution_id) filter (where d.status = 'pending'),
           array_agg(d.execution_id) filter (where d.status in ('pending', 'running'))
    into taken, wave.leaving, wave.handed, wave.pending_queues, wave.active
    from decided d;
end $$;
