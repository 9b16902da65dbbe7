-- Takes a worker's results and claims due assignments for it, in one round trip.
-- Transition: running -> completed | failed | waiting | pending, and their executions go on; pending -> running for claimed assignments.
-- Caller:  a worker, the API. A repeat with the same request number returns the same and changes nothing.
-- Locks:   an advisory transaction lock on the worker's id; the executions of the results, by id, skip locked (a third try waits); claimed rows, skip locked.
-- Errors:  IL010 worker_unknown, IL011 worker_lost, IL012 request_out_of_order, IL013 bad_request, IL091.
-- Answers, one per result: ok, repeated, busy (send again), IL001 assignment_not_found, IL002 assignment_lost,
--          IL004 result_malformed, IL099 internal_error (its execution could not be moved, and has failed).
-- p_limits: how many the worker can take now from each queue. 8 MiB of compact JSON are at most 12 MiB here, where it is printed with blanks.
create function interlock.exchange(p_worker_id uuid, p_request bigint, p_results jsonb, p_queues text[], p_limits integer[]) returns json
language plpgsql set search_path = '' as $$
declare
    v_now      timestamptz := interlock.now();
    v_exchange interlock.exchanges;
    v_worker   record;
    v_outcome  interlock.exchange_outcome;
begin
    perform interlock.require_read_committed();
    if jsonb_typeof(p_results) is distinct from 'array' then
        perform interlock.raise_error('IL013', 'The results must be an array.');
    elsif jsonb_array_length(p_results) > 1000 or pg_column_size(p_results) > 8388608 and octet_length(p_results::text) > 12582912 then
        perform interlock.raise_error('IL013', 'One exchange takes at most 1000 results, of 8 MiB of JSON text together.', p_hint => 'Split them over several exchanges.');
    elsif p_request is null then
        perform interlock.raise_error('IL013', 'An exchange needs the number of its request.');
    end if;
    if cardinality(p_queues) is distinct from cardinality(p_limits) or 0 > any (p_limits) or array_position(p_limits, null) is not null
            or '' = any (p_queues) then
        perform interlock.raise_error('IL013', 'Each queue needs a name and a limit of 0 or more.');
    end if;
    perform pg_advisory_xact_lock(hashtextextended(p_worker_id::text, 0));  -- no row lock: an idle exchange writes nothing
    select * into v_exchange from interlock.exchanges x where x.worker_id = p_worker_id;
    select w.status, w.node_types into v_worker from interlock.workers w where w.id = p_worker_id;
    if v_worker.status is null then
        perform interlock.raise_error('IL010', format('No worker %s is registered.', p_worker_id), p_hint => 'Call register_worker first.');
    elsif v_worker.status <> 'alive' then
        perform interlock.raise_error('IL011', format('The worker %s was given up (%s).', p_worker_id, v_worker.status),
            p_hint => 'Drop its work and register under a new id.');
    elsif p_request < v_exchange.last_request then
        perform interlock.raise_error('IL012', format('Request %s came after request %s.', p_request, v_exchange.last_request));
    elsif p_request = v_exchange.last_request then
        return interlock.reply_of(v_exchange.answers, jsonb_array_length(p_results), p_worker_id, p_request, p_queues, v_now);
    end if;

    begin
        v_outcome := interlock.exchange_all(p_worker_id, p_request, p_results, p_queues, p_limits, v_worker.node_types, v_exchange.handed_count,
            v_exchange.alone_assignment_id is not null, v_now);
    exception when others then
        if interlock.is_passing_error(sqlstate) then
            raise;
        end if;
        raise warning 'interlock.exchange: % (%), now one result at a time', sqlerrm, sqlstate;
        v_outcome := interlock.exchange_one_by_one(p_worker_id, p_request, p_results, p_queues, p_limits, v_worker.node_types, v_exchange.handed_count,
            v_exchange.alone_assignment_id is not null, v_now);
    end;

    if jsonb_array_length(p_results) > 0 or v_outcome.claimed is not null
            or v_exchange.queues is distinct from v_outcome.open_queues then
        update interlock.exchanges x
        set last_request = p_request, answers = v_outcome.answers, queues = v_outcome.open_queues, handed_count = v_outcome.handed_count
        where x.worker_id = p_worker_id;
    end if;
    perform interlock.wake_workers(v_outcome.pending_queues, p_worker_id);
    return interlock.reply(v_outcome.answers, jsonb_array_length(p_results), v_outcome.claimed,
        case when v_outcome.claimed is null then p_queues end, v_now);
end $$;
