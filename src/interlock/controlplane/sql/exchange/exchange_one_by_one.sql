-- Does the work of exchange if something in the batch raised: each result in a step of its own, so that one that raises fails its execution and no other.
-- Transition: as exchange. Caller: exchange. Locks: as exchange. Errors: those of the moment (is_passing_error).
create function interlock.exchange_one_by_one(
    p_worker_id uuid, p_request bigint, p_results jsonb, p_share interlock.share, p_node_types text[], p_handed_count integer, p_alone boolean, p_rests boolean,
    p_now timestamptz
) returns interlock.exchange_outcome
language plpgsql set search_path = '' as $$
declare
    v_outcome interlock.exchange_outcome;
    v_step    interlock.exchange_outcome;
    v_result  jsonb;
    v_nothing interlock.share := row((p_share).queues, array_fill(0, array[cardinality((p_share).queues)]), null, null, null, null, null)::interlock.share;
begin
    for v_result in select jsonb_array_elements(p_results) loop
        begin
            v_step := interlock.exchange_all(p_worker_id, p_request, jsonb_build_array(v_result), v_nothing, p_node_types, 0, p_alone, false, true, true, false,
                false, p_now);
            v_outcome.answers := v_outcome.answers || coalesce(v_step.answers, '{ok}');
            v_outcome.pending_queues := v_outcome.pending_queues || v_step.pending_queues;
        exception when others then
            if interlock.is_passing_error(sqlstate) then
                raise;
            end if;
            v_outcome.answers := v_outcome.answers || interlock.fail_broken_execution(
                interlock.uuid_or_null(v_result ->> 'execution_id'), interlock.broken_error(sqlstate, sqlerrm), p_now);
        end;
    end loop;
    begin
        v_step := interlock.exchange_all(p_worker_id, p_request, '[]', p_share, p_node_types, p_handed_count, p_alone, p_rests, true, true, false, false,
            p_now);
        v_outcome.claimed := v_step.claimed;
        v_outcome.open_queues := v_step.open_queues;
        v_outcome.handed_count := v_step.handed_count;
    exception when others then
        if interlock.is_passing_error(sqlstate) then
            raise;
        end if;
        v_outcome.open_queues := (p_share).queues || (p_share).idle;
        v_outcome.handed_count := p_handed_count;
        raise warning 'interlock.exchange: claiming raised % (%)', sqlerrm, sqlstate;
    end;
    return v_outcome;
end $$;
