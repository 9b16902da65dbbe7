-- Inserts the visits that a worker ran ahead of its report: nodes without side effects that follow a result over plain_nodes, in one execution.
-- Transition: (new) -> completed.
-- Caller:  record_plain, with the locks of p_executions. Errors: none of its own. A repeat finds the visit of the result ended, and inserts nothing.
-- A result may have `ahead`: [[node_no, output], …], at most 50, in the order in which they ran. All of them are taken or none: the execution is open, not
-- suspended and before its deadline, the result's visit is still this worker's attempt, each node is the only plain successor of the one before and reads
-- nothing but its input, the worker serves its queue and has its executor, and what follows the last one is plain too. What is not taken had no effect.
-- Returns the results; those whose visits were taken have `taken`: node_no, id and output of the last one, and change_number for their own change.
create function interlock.record_ahead(p_results jsonb, p_executions uuid[], p_taker interlock.taker, p_now timestamptz) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_results jsonb;
    c_most    constant integer := 50;
begin
    with reported as (
        select r.ord, r.execution_id, r.assignment_id, a.version_id, a.node_no, r.ahead
        from rows from (jsonb_to_recordset(p_results) as (execution_id uuid, assignment_id uuid, attempt integer, outcome text, output jsonb, port jsonb,
                context jsonb, ahead jsonb)) with ordinality
            r (execution_id, assignment_id, attempt, outcome, output, port, context, ahead, ord)
        join interlock.executions e on e.id = r.execution_id and (e.deadline_at is null or e.deadline_at > p_now)
        join interlock.assignments a on a.execution_id = r.execution_id and a.id = r.assignment_id
        where jsonb_typeof(r.ahead) = 'array' and jsonb_array_length(r.ahead) between 1 and c_most
            and r.execution_id = any (p_executions)
            and interlock.is_plain_result(r.outcome, r.output, r.port, r.context) and interlock.is_plain_attempt(a, (p_taker).worker_id, r.attempt)
    ), stepped as (
        select r.ord, r.execution_id, r.assignment_id, r.version_id, s.step, step.node_no, s.item -> 1 as output,
               coalesce(lag(step.node_no) over (partition by r.ord order by s.step), r.node_no) as from_node,
               s.step = jsonb_array_length(r.ahead) as is_last
        from reported r
        cross join lateral jsonb_array_elements(r.ahead) with ordinality s (item, step)
        cross join lateral (select case when s.item ->> 0 ~ '^[0-9]{1,9}$' then (s.item ->> 0)::integer end as node_no) step
    ), judged as (
        select s.*, p.is_indexed, p.queue, p.requires,
               bool_and(coalesce(p.branch_count = 1 and p.next_node = s.node_no and p.reads_input_only and p.queue = any ((p_taker).queues)
                   and (p.requires is null or p.requires = any ((p_taker).node_types))
                   and interlock.is_plain_result('completed', s.output, null, null)
                   and (not s.is_last or l.branch is not null), false)) over (partition by s.ord) as is_taken
        from stepped s
        left join interlock.plain_nodes p on p.version_id = s.version_id and p.node_no = s.from_node and p.branch = 1
        left join interlock.plain_nodes l on s.is_last and l.version_id = s.version_id and l.node_no = s.node_no and l.branch = 1
    ), numbered as materialized (
        -- in order: the change of the result's own visit comes before those that follow
        select t.*, case when t.step = 1 then nextval('interlock.change_numbers') end as first_number, interlock.uuidv7() as id,
               nextval('interlock.change_numbers') as change_number
        from (select j.* from judged j where j.is_taken order by j.ord, j.step offset 0) t
    ), inserted as (
        insert into interlock.assignments (execution_id, id, version_id, node_no, visit, status, is_indexed, queue, worker_id, claim_request,
            previous_assignment_id, output, change_number, created_at, started_at, ended_at)
        select n.execution_id, n.id, n.version_id, n.node_no, 1, 'completed', n.is_indexed, n.queue, (p_taker).worker_id, (p_taker).request,
               coalesce(lag(n.id) over (partition by n.ord order by n.step), n.assignment_id), n.output, n.change_number, p_now, p_now, p_now
        from numbered n
    )
    -- grouped, not joined: the planner expects few results, and would compare each of them with each visit
    select jsonb_agg(case
               when g.id is null then g.item - 'ahead' - 'taken'
               else g.item - 'ahead' || jsonb_build_object('taken', jsonb_build_object('node_no', g.node_no, 'id', g.id, 'output', g.output,
                   'change_number', g.first_number))
           end order by g.ord)
    into v_results
    from (
        select u.ord, (array_agg(u.item) filter (where u.step = 0))[1] as item, max(u.first_number) as first_number,
               max(u.node_no) filter (where u.is_last) as node_no, (array_agg(u.id) filter (where u.is_last))[1] as id,
               (array_agg(u.output) filter (where u.is_last))[1] as output
        from (
            select i.ord, 0 as step, i.item, false as is_last, null::bigint as first_number, null::integer as node_no, null::uuid as id, null::jsonb as output
            from jsonb_array_elements(p_results) with ordinality i (item, ord)
            union all
            select n.ord, n.step, null, n.is_last, n.first_number, n.node_no, n.id, n.output
            from numbered n
            where n.step = 1 or n.is_last
        ) u
        group by u.ord
    ) g;
    return v_results;
end $$;
