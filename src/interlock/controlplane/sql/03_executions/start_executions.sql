-- Starts executions of one workflow, as many as are given.
-- Transition: (new) -> pending | running | waiting | completed | failed.
-- Caller:  anyone who may run the workflow.
-- Locks:   only the rows that it makes.
-- Errors:  IL005 workflow_not_found, IL006 version_not_found, IL007 trigger_not_found, IL013 bad_request. A single one that is not of the form
--          {"input", "idempotency_key", "subject"} is answered with an error in its place.
-- A repeat with the same idempotency key answers with the execution that there is, and starts nothing.
create function interlock.start_executions(p_workflow text, p_executions jsonb, p_version integer default null, p_trigger text default null)
returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now      timestamptz := interlock.now();
    v_version  record;
    v_started  record;
    v_progress interlock.progress;
begin
    perform interlock.require_read_committed();
    if jsonb_typeof(p_executions) is distinct from 'array' or jsonb_array_length(p_executions) > 10000 then
        perform interlock.raise_error('IL013', 'Executions to start are given as an array of at most 10000.');
    end if;
    select v.id, v.workflow_id, v.version, v.lock_program, v.timeout_seconds, v.virtual_users, n.node_no as start_node, n.is_indexed into v_version
    from interlock.workflows w
    join interlock.workflow_versions v on v.workflow_id = w.id and v.version = coalesce(p_version, w.current_version)
    left join lateral (
        select t.node_no, t.is_indexed from interlock.nodes t
        where t.version_id = v.id and t.kind = 'start' and (p_trigger is null and t.subtype = 'MANUAL' or t.node_id = p_trigger)
        order by t.node_no limit 1
    ) n on true
    where w.name = p_workflow;
    if not found then
        if exists (select from interlock.workflows w where w.name = p_workflow) then
            perform interlock.raise_error('IL006', format('The workflow %s has no version %s.', p_workflow, p_version));
        end if;
        perform interlock.raise_error('IL005', format('There is no workflow named %s.', p_workflow), p_hint => 'Deploy it first: interlock deploy FILE.');
    elsif v_version.start_node is null then
        perform interlock.raise_error('IL007', format('The workflow %s has no trigger %s.', p_workflow, coalesce(p_trigger, 'TRIGGER_NODE/MANUAL')));
    end if;

    with asked as materialized (
        select x.ord, interlock.uuidv7() as id, interlock.uuidv7() as start_id,
               case when jsonb_typeof(x.item) = 'object' then case jsonb_typeof(x.item -> 'input')
                   when 'object' then x.item -> 'input' else case when x.item -> 'input' is null or x.item -> 'input' = 'null'
                   then '{}' else jsonb_build_object('value', x.item -> 'input') end end end as input,
               x.item ->> 'idempotency_key' as idempotency_key, x.item ->> 'subject' as subject
        from jsonb_array_elements(p_executions) with ordinality x (item, ord)
    ), keyed as materialized (
        select a.*,
               case when v_version.lock_program is not null
                   then interlock.evaluate_program(v_version.lock_program, a.input, '{}', a.subject, a.id) #>> '{}' end as lock_key,
               case
                   when a.input is null then 'An execution is started with an object {"input", "idempotency_key", "subject"}.'
                   when length(a.idempotency_key) > 500 or length(a.subject) > 500 then 'Idempotency keys and subjects have at most 500 characters.'
               end as refusal,
               row_number() over (partition by a.idempotency_key order by a.ord) as nth
        from asked a
    ), made as (
        insert into interlock.executions (id, version_id, workflow_id, status, input, subject, idempotency_key, lock_key, created_at, started_at,
            deadline_at, change_number)
        select k.id, v_version.id, v_version.workflow_id, 'pending', k.input, k.subject, k.idempotency_key, k.lock_key, v_now,
               case when v_version.lock_program is null and v_version.virtual_users = 'inline' then v_now end,
               v_now + make_interval(secs => v_version.timeout_seconds), nextval('interlock.change_numbers')
        from keyed k
        where k.refusal is null and (k.idempotency_key is null or k.nth = 1)
            and (v_version.lock_program is null or k.lock_key is not null)
        on conflict (workflow_id, idempotency_key) where idempotency_key is not null do nothing
        returning id
    ), triggered as (
        insert into interlock.assignments (execution_id, id, version_id, node_no, visit, status, is_indexed, due_at, lock_key, change_number,
            created_at, started_at, ended_at)
        select k.id, k.start_id, v_version.id, v_version.start_node, 1,
               case when v_version.lock_program is null and v_version.virtual_users = 'inline' then 'completed' else 'pending' end,
               v_version.is_indexed,
               case when v_version.lock_program is null and v_version.virtual_users = 'inline' then null else v_now end,
               k.lock_key, nextval('interlock.change_numbers'), v_now, v_now,
               case when v_version.lock_program is null and v_version.virtual_users = 'inline' then v_now end
        from keyed k
        where k.id in (select m.id from made m)
        returning execution_id, id
    )
    select array_agg(k.id order by k.ord) filter (where m.id is not null) as executions,
           array_agg(k.start_id order by k.ord) filter (where m.id is not null) as starts,
           jsonb_agg(case
               when m.id is not null then jsonb_build_object('execution_id', k.id, 'created', true)
               when k.refusal is not null then jsonb_build_object('error', jsonb_build_object('code', 'IL013', 'message', k.refusal,
                   'hint', 'Mend this one and send it again; the others are started.'))
               when v_version.lock_program is not null and k.lock_key is null then jsonb_build_object('error', jsonb_build_object('code', 'IL008',
                   'message', 'The lock of this workflow has no value for this input.', 'hint', 'Give the input that the lock names.'))
               else jsonb_build_object('idempotency_key', k.idempotency_key) end order by k.ord) as answers
    into v_started
    from keyed k
    left join made m on m.id = k.id;

    if v_started.executions is not null and v_version.lock_program is null and v_version.virtual_users = 'inline' then
        v_progress := interlock.advance(v_started.executions, v_started.executions, v_started.starts, null, v_now);
        perform interlock.wake_workers(v_progress.pending_queues);
    elsif v_started.executions is not null then
        perform interlock.wake_workers(array[null::text]);
    end if;
    return (
        select coalesce(jsonb_agg(case when x.answer ? 'idempotency_key' then jsonb_build_object('created', false, 'execution_id', (
                   select e.id from interlock.executions e
                   where e.workflow_id = v_version.workflow_id and e.idempotency_key = x.answer ->> 'idempotency_key'))
               else x.answer end order by x.ord), '[]')
        from jsonb_array_elements(v_started.answers) with ordinality x (answer, ord));
end $$;
