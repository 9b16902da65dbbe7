-- Takes a worker's results and claims due assignments for it, in one round trip.
-- Transition: running -> completed | failed | waiting | pending, and their executions go on; pending -> running for claimed assignments.
-- Caller:  a worker, the API. A repeat with the same request number returns the same and changes nothing.
--          A worker may have two exchanges under way, one in each lane: even and odd request numbers. Each lane counts up on its own.
-- Locks:   advisory transaction locks on the worker's id (shared) and on its lane; the executions of the results, by id, skip locked (a third try waits);
--          claimed rows, skip locked.
-- Errors:  IL010 worker_unknown (also one of another workspace than that of the call), IL011 worker_lost, IL012 request_out_of_order, IL013 bad_request, IL091.
-- Answers, one per result: ok, repeated, busy (send again), IL001 assignment_not_found, IL002 assignment_lost,
--          IL004 result_malformed, IL099 internal_error (its execution could not be moved, and has failed).
-- A single result without `tries` may raise whatever is wrong with its execution, because nothing here can be undone alone, see exchange_one_plain. Sent again
-- with `tries`, it is answered.
-- p_queues: names, which stand for the queues of all workspaces that the worker serves, see share_capacity.
-- p_limits: how many the worker can take now from each queue. 8 MiB of compact JSON are at most 12 MiB here, where it is printed with blanks.
-- p_slim: the reply leaves out what the worker knows, see reply. p_offers: the worker listens, so that a start may begin a visit for it, see
-- start_one_plain; counts in lane 0.
create function interlock.exchange(
    p_worker_id uuid, p_request bigint, p_results jsonb, p_queues text[], p_limits integer[], p_slim boolean default false,
    p_offers boolean default false
) returns json
language plpgsql set search_path = '' as $$
declare
    v_reply   json;
    v_known   record;
    v_results jsonb := p_results;
    v_divided record;
    v_share   interlock.share;
    v_turns   text[];
    v_rests   boolean := false;
    v_outcome interlock.exchange_outcome;
    v_waits   boolean;
    v_offer   record;
    v_offered interlock.visit_id[];
    v_stays   boolean := false;                                           -- an offer that another transaction holds
begin
    -- one expression: PL/pgSQL prepares each one anew in every transaction
    if not (current_setting('transaction_isolation') = 'read committed' and jsonb_typeof(p_results) = 'array' and jsonb_array_length(p_results) <= 1000
            and pg_column_size(p_results) <= 8388608 and p_request is not null and cardinality(p_queues) = cardinality(p_limits)
            and 0 <= all (p_limits) and '' <> all (p_queues) and coalesce(current_setting('interlock.workspace', true), '') = '') is true then
        perform interlock.check_exchange(p_request, p_results, p_queues, p_limits);
        perform interlock.require_visible_worker(p_worker_id);
    end if;
    -- no row locks: an idle exchange writes nothing. Assigned, because a perform would be a statement of its own.
    v_waits := pg_advisory_xact_lock_shared(hashtextextended(p_worker_id::text, 0)) is not null
        and pg_advisory_xact_lock(hashtextextended(p_worker_id::text, 1 + (p_request & 1))) is not null;
    if jsonb_array_length(p_results) = 1 then
        v_reply := interlock.exchange_one_plain(p_worker_id, p_request, p_results -> 0, p_queues, p_limits, p_slim, p_offers);
        if v_reply is not null then
            return v_reply;
        end if;
    end if;
    select clock.now, w.status, w.node_types, w.queue_keys, w.workspaces, x.turns, x.last_request, x.answers, x.queues, coalesce(x.handed_count, 0) as handed_count,
           x.alone_assignment_id is not null as is_alone, x.takes_offers, x.offered_execution_id, x.offered_assignment_id, x.returned_offer, x.backend_pid,
           exists (select from interlock.claimable_assignments a where a.queue = any (coalesce(w.queue_keys, p_queues)) and a.due_at <= clock.now) as has_plain,
           exists (select from interlock.claimable_special_assignments a where a.queue = any (coalesce(w.queue_keys, p_queues)) and a.due_at <= clock.now) as has_special
    into v_known
    from (select interlock.now() as now) clock
    left join interlock.workers w on w.id = p_worker_id
    left join interlock.exchanges x on x.worker_id = p_worker_id and x.lane = (p_request & 1);
    if v_known.status is distinct from 'alive' or p_request <= v_known.last_request then
        if v_known.status is null then
            perform interlock.raise_error('IL010', format('No worker %s is registered.', p_worker_id), p_hint => 'Call register_worker first.');
        elsif v_known.status <> 'alive' then
            perform interlock.raise_error('IL011', format('The worker %s was given up (%s).', p_worker_id, v_known.status),
                p_hint => 'Drop its work and register under a new id.');
        elsif p_request < v_known.last_request then
            perform interlock.raise_error('IL012', format('Request %s came after request %s.', p_request, v_known.last_request));
        end if;
        return interlock.reply_of(v_known.answers, jsonb_array_length(p_results), p_worker_id, p_request, coalesce(v_known.queue_keys, p_queues), p_slim, v_known.returned_offer,
            v_known.now);
    end if;

    if v_known.queue_keys is null then
        v_share := row(p_queues, p_limits, null, null, null, null, null);
    else
        if v_known.workspaces is not null then
            v_results := interlock.without_foreign(p_results, v_known.workspaces);
        end if;
        v_divided := interlock.share_capacity(p_queues, p_limits, v_known.queue_keys, v_results, v_known.node_types, v_known.turns, v_known.now);
        v_share := v_divided.share;
        v_turns := v_divided.turns;
        -- after an assignment that ran alone, each lane claims once for all workspaces before it takes another one
        v_rests := v_known.is_alone;
    end if;
    begin
        v_outcome := interlock.exchange_all(p_worker_id, p_request, v_results, v_share, v_known.node_types, v_known.handed_count,
            v_known.is_alone, v_rests, v_known.has_plain, v_known.has_special, true, p_slim, v_known.now);
    exception when others then
        if interlock.is_passing_error(sqlstate) then
            raise;
        end if;
        raise warning 'interlock.exchange: % (%), now one result at a time', sqlerrm, sqlstate;
        v_outcome := interlock.exchange_one_by_one(p_worker_id, p_request, v_results, v_share, v_known.node_types, v_known.handed_count,
            v_known.is_alone, v_rests, v_known.now);
    end;

    v_rests := v_rests and not interlock.works_alone(p_worker_id);
    if v_known.offered_assignment_id is not null then
        v_offer := interlock.take_offered(v_known.offered_execution_id, v_known.offered_assignment_id, p_worker_id, p_request);
        v_offered := v_offer.taken;
        v_stays := v_offer.is_held;
        v_outcome.claimed := v_outcome.claimed || v_offered;
    end if;
    if jsonb_array_length(p_results) > 0 or v_outcome.claimed is not null or v_known.offered_assignment_id is not null
            or v_known.queues is distinct from v_outcome.open_queues or v_known.takes_offers <> (p_offers and p_request & 1 = 0)
            or v_rests or p_offers and v_known.backend_pid is distinct from pg_backend_pid() then
        update interlock.exchanges x
        set last_request = p_request, answers = v_outcome.answers, handed_count = v_outcome.handed_count, takes_offers = p_offers and p_request & 1 = 0,
            returned_offer = v_offered[1].id, backend_pid = pg_backend_pid(), queues = v_outcome.open_queues,
            turns = coalesce(v_turns, x.turns), alone_execution_id = case when not v_rests then x.alone_execution_id end,
            alone_assignment_id = case when not v_rests then x.alone_assignment_id end,
            -- an offer that was made since this exchange looked stays, and is the only one
            offered_execution_id = case when v_stays or x.offered_assignment_id is distinct from v_known.offered_assignment_id then x.offered_execution_id end,
            offered_assignment_id = case when v_stays or x.offered_assignment_id is distinct from v_known.offered_assignment_id then x.offered_assignment_id end
        where x.worker_id = p_worker_id and x.lane = (p_request & 1);
    end if;
    if (v_share).limited is not null and jsonb_array_length(p_results) > 0 then
        -- what its results made free is for others, if it has no capacity
        v_outcome.pending_queues := v_outcome.pending_queues || array(
            select k.queue from unnest((v_share).queues, (v_share).limited) k (queue, limited)
            where k.limited and k.queue <> all (v_outcome.open_queues));
    end if;
    if v_outcome.pending_queues is not null then
        perform interlock.wake_workers(v_outcome.pending_queues, p_worker_id);
    end if;
    return interlock.reply(v_outcome.answers, jsonb_array_length(p_results), v_outcome.claimed, v_outcome.handed,
        -- plain results leave nothing that time moves, and the worker looks again soon after any result
        case when v_outcome.claimed is null and v_outcome.handed is null
            and not (p_slim and jsonb_array_length(p_results) > 0 and v_outcome.left_over is null) then
                case when v_outcome.full_queues is null then (v_share).queues || (v_share).idle
                    else array(select unnest((v_share).queues || (v_share).idle) except select unnest(v_outcome.full_queues)) end end,
        p_slim, v_offered[1].id, v_known.now);
end $$;
