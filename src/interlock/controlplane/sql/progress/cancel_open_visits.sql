-- Cancels the open visits of executions that end or have ended, at most 5000 at once. Returns the executions that have more.
-- Transition: see cancel_assignments. Caller: end_executions, sweep_unsettled; with the locks of the executions. A repeat cancels the next ones.
create function interlock.cancel_open_visits(p_executions uuid[], p_now timestamptz) returns uuid[]
language plpgsql set search_path = '' as $$
declare
    v_open interlock.visit_id[];
    c_most constant integer := 5000;
begin
    select array_agg(row(o.execution_id, o.id)::interlock.visit_id) into v_open
    from (
        select a.execution_id, a.id
        from unnest(p_executions) x (id)
        cross join lateral (
            select o.execution_id, o.id from interlock.assignments o where o.execution_id = x.id and o.ended_at is null offset 0
        ) a
        limit c_most
    ) o;
    if v_open is null then
        return '{}';
    end if;
    perform interlock.cancel_assignments(v_open, interlock.assignment_error('execution_ended', 'The execution ended before this visit was done.',
        'Look at the error of the execution: this visit did nothing wrong.'), p_now);
    if cardinality(v_open) < c_most then
        return '{}';
    end if;
    return array(
        select x.id from unnest(p_executions) x (id)
        where (select true from interlock.assignments o where o.execution_id = x.id and o.ended_at is null limit 1));
end $$;
