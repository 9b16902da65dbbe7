-- The lean path: writes results after which one visit of another node begins, or a path ends, and nothing else can happen; see plain_nodes. It does for them
-- what record_general would do, in two statements. Everything that it does not take is left to the general path.
-- Transition: running -> completed; (new) -> running | pending for the successors; see update_statuses for executions.
-- Caller:  exchange_all. Locks: the executions of the results, by id, skip locked. Errors: data_exception if an id is malformed.
-- A repeat finds the visits ended, and leaves their results to the general path.
-- Only an execution that reports one result is taken: results of one execution take effect together.
-- Returns which results it took (taken), those that are left, and the successors that the worker got: `handed`, see reply, if it needs to be sent no more,
-- else `claimed`.
create function interlock.record_plain(p_results jsonb, p_slim boolean, p_taker interlock.taker, p_now timestamptz) returns interlock.exchange_outcome
language plpgsql set search_path = '' as $$
declare
    v_outcome interlock.exchange_outcome;
    v_count   integer := jsonb_array_length(p_results);
    v_results jsonb := p_results;
    v_locked  record;
    v_queues  text[];                                                     -- of what was handed, one for each
    v_ended   uuid[];
    v_moves   boolean;
    -- ids that differ in their last four digits: a random number for each visit costs more than its lookups
    v_ids     text := left(interlock.uuidv7()::text, 32);
begin
    -- a budget that is lower than usual is counted by the general path
    if not interlock.takes_lean_path() or v_count > 1 and interlock.visits_per_transaction() < 1000
            or jsonb_path_exists(p_results, '$[*].tries ? (@ >= 3)') then
        v_outcome.left_over := p_results;
        v_outcome.capacities := (p_taker).capacities;
        return v_outcome;
    end if;

    select array_agg(l.id) filter (where l.is_plain) as executions, count(*) filter (where l.is_plain) as count,
           jsonb_path_exists(p_results, '$[*].ahead') as runs_ahead
    into v_locked
    from (
        select e.id, e.status = 'running' and e.suspended_at is null as is_plain
        from interlock.executions e
        where e.id = any (array(select (item ->> 'execution_id')::uuid from jsonb_array_elements(p_results) item)) and e.ended_at is null
        order by e.id
        for no key update skip locked
    ) l;
    if v_locked.count < v_count then
        -- some execution is held by somebody else, is suspended, or reports several results
        v_locked.executions := array(
            select (item ->> 'execution_id')::uuid as id from jsonb_array_elements(p_results) item group by 1 having count(*) = 1
            intersect select unnest(v_locked.executions));
        if v_locked.executions = '{}' then
            v_outcome.left_over := p_results;
            v_outcome.capacities := (p_taker).capacities;
            return v_outcome;
        end if;
    end if;

    if v_locked.runs_ahead then
        v_results := interlock.record_ahead(p_results, v_locked.executions, p_taker, p_now);
    end if;

    with finished as (
        update interlock.assignments a
        set status = 'completed', ended_at = p_now, output = r.output, due_at = null, error = null, requires = null,
            change_number = coalesce((ahead.taken ->> 'change_number')::bigint, nextval('interlock.change_numbers'))
        from rows from (jsonb_to_recordset(v_results) as (execution_id uuid, assignment_id uuid, attempt integer, outcome text, output jsonb, port jsonb,
                context jsonb, echo boolean, taken jsonb)) with ordinality
            r (execution_id, assignment_id, attempt, outcome, output, port, context, echo, taken, ord),
            -- only what record_ahead wrote counts, never what was sent
            lateral (select case when v_locked.runs_ahead then r.taken end as taken) ahead,
            interlock.plain_nodes n
        where interlock.is_plain_result(r.outcome, r.output, r.port, r.context)
            and (v_locked.count = v_count or r.execution_id = any (v_locked.executions))
            and a.execution_id = r.execution_id and a.id = r.assignment_id
            and interlock.is_plain_attempt(a, (p_taker).worker_id, r.attempt)
            and n.version_id = a.version_id and n.node_no = a.node_no and n.branch = 1
        returning r.ord, case when r.echo then coalesce(ahead.taken -> 'output', r.output) end as echo, a.execution_id,
            coalesce((ahead.taken ->> 'id')::uuid, a.id) as id, a.version_id,
            coalesce((ahead.taken ->> 'node_no')::integer, a.node_no) as node_no, ahead.taken is not null as runs_ahead, n.branch, n.branch_count, n.next_node,
            n.queue, n.requires, n.timeout_seconds, n.is_indexed, n.reads_input_only
    ), leaving as (
        select f.* from finished f where not f.runs_ahead
        union all
        -- the other branches of a fork; and what follows the last visit that ran ahead
        select f.ord, f.echo, f.execution_id, f.id, f.version_id, f.node_no, f.runs_ahead, n.branch, n.branch_count, n.next_node, n.queue, n.requires,
               n.timeout_seconds, n.is_indexed, n.reads_input_only
        from finished f
        join interlock.plain_nodes n on n.version_id = f.version_id and n.node_no = f.node_no and (n.branch > 1 or f.runs_ahead)
        where f.branch_count > 1 or f.runs_ahead
    ), following as materialized (
        select l.*, (v_ids || lpad(to_hex(l.ord * 8 + l.branch), 4, '0'))::uuid as next_id,
               -- the worker is handed as many as it has capacity for, in order
               row_number() over (partition by l.hand_place order by l.ord, l.branch) <= (p_taker).capacities[l.hand_place] as is_handed
        from (
            select a.*, case when a.requires is null or a.requires = any ((p_taker).node_types) then array_position((p_taker).queues, a.queue) end as hand_place
            from leaving a
        ) l
    ), opened as (
        insert into interlock.assignments (execution_id, id, version_id, node_no, visit, status, is_indexed, queue, requires, due_at, worker_id,
            claim_request, previous_assignment_id, change_number, created_at, started_at)
        select f.execution_id, f.next_id, f.version_id, f.next_node, 1, case when f.is_handed then 'running' else 'pending' end, f.is_indexed, f.queue,
               f.requires, case when f.is_handed then p_now + make_interval(secs => f.timeout_seconds) else p_now end,
               case when f.is_handed then (p_taker).worker_id end, case when f.is_handed then (p_taker).request end, f.id,
               nextval('interlock.change_numbers'), p_now, case when f.is_handed then p_now end
        from following f
        where f.next_node is not null
    )
    select array_agg(f.ord) filter (where f.branch = 1),
           string_agg('[' || f.ord - 1 || ',"' || f.next_id || case
               when f.branch_count > 1 or f.runs_ahead then '",' || coalesce(f.echo::text, 'null') || ',' || f.next_node || ']'
               when f.echo is not null then '",' || f.echo::text || ']'
               else '"]' end, ',')
               filter (where f.is_handed and p_slim and f.reads_input_only),
           array_agg(row(f.execution_id, f.next_id)::interlock.visit_id) filter (where f.is_handed and not (p_slim and f.reads_input_only)),
           count(*) filter (where f.is_handed),
           array_agg(f.queue) filter (where f.is_handed and cardinality((p_taker).queues) > 1),
           array_agg(f.execution_id) filter (where f.next_node is null),
           array_agg(f.queue) filter (where f.next_node is not null and f.is_handed is not true),
           case when cardinality((p_taker).queues) = 1 then array[(p_taker).capacities[1] - count(*) filter (where f.is_handed)] end,
           case when count(*) filter (where f.branch = 1) < v_count then p_results end
    into v_outcome.taken, v_outcome.handed, v_outcome.claimed, v_outcome.handed_count, v_queues, v_ended, v_outcome.pending_queues, v_outcome.capacities,
        v_outcome.left_over
    from following f;

    if v_ended is not null then
        v_moves := interlock.update_statuses(v_ended, p_now) is not null;    -- assigned: a perform would be a statement of its own
    end if;
    if v_outcome.capacities is null then
        v_outcome.capacities := array(
            select t.capacity - (select count(*)::integer from unnest(v_queues) q where q = t.queue)
            from unnest((p_taker).queues, (p_taker).capacities) with ordinality t (queue, capacity, ord) order by t.ord);
    end if;
    if v_outcome.left_over is not null and v_outcome.taken is not null then
        v_outcome.left_over := (
            select jsonb_agg(p_results -> (o.ord - 1)::integer order by o.ord)
            from (select g.ord from generate_series(1, v_count) g (ord) except select u.ord::integer from unnest(v_outcome.taken) u (ord)) o);
    end if;
    return v_outcome;
end $$;
