-- Builds the reply to a repeated request: the same as the first time, with those of its assignments that the worker still holds.
create function interlock.reply_of(
    p_answers text[], p_result_count integer, p_worker_id uuid, p_request bigint, p_queues text[], p_slim boolean,
    p_offered uuid, p_now timestamptz
) returns json
language plpgsql set search_path = '' as $$
declare
    v_claimed interlock.visit_id[];
begin
    select array_agg(row(a.execution_id, a.id)::interlock.visit_id order by a.change_number) into v_claimed
    from interlock.assignments a
    where a.ended_at is null and a.status = 'running' and a.worker_id = p_worker_id and a.claim_request = p_request;
    return interlock.reply(p_answers, p_result_count, v_claimed, null, p_queues, p_slim, p_offered, p_now);
end $$;
