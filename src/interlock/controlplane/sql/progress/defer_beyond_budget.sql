-- Lets as many of the visits that are about to end leave as this transaction may make successors for; parks the others as done (`waiting` for `turn`), and
-- they leave with the next tick. The first always leaves. Changes nothing: finish writes it.
-- Caller: record_results, finish_due, fail_doomed, release_ordered; with the locks of the executions.
create function interlock.defer_beyond_budget(p_endings interlock.ending[], p_traits interlock.traits, p_now timestamptz) returns interlock.ending[]
language plpgsql stable set search_path = '' as $$
declare
    v_endings interlock.ending[];
begin
    if coalesce(cardinality(p_endings), 0)::bigint * (p_traits).max_fan_out <= (p_traits).budget then
        return p_endings;
    end if;
    select array_agg(case when x.leaves and (x.spent - x.own >= (p_traits).budget or x.spent >= 10000)
               then row(x.execution_id, x.id, x.was, 'waiting', x.worker_id, x.attempt,
                   coalesce(x.output, case when x.outcome <> 'completed' then jsonb_build_object('error', x.error) end), x.ports, x.error, x.context, p_now, 'turn', x.retries,
                   x.losses, x.requires, false, false, x.tries)::interlock.ending
               else row(x.execution_id, x.id, x.was, x.outcome, x.worker_id, x.attempt, x.output, x.ports, x.error, x.context, x.due_at, x.wait_for,
                   x.retries, x.losses, x.requires, x.leaves, x.ends_execution, x.tries)::interlock.ending end order by x.ord)
    into v_endings
    from (
        -- spent: what the visits before it cost; own: those of its own execution among them, which go on together
        select f.*, coalesce(sum(case when f.leaves then n.fan_out else 0 end)
                   over (order by f.ord rows between unbounded preceding and 1 preceding), 0) as spent,
               coalesce(sum(case when f.leaves then n.fan_out else 0 end)
                   over (partition by f.execution_id order by f.ord rows between unbounded preceding and 1 preceding), 0) as own
        from unnest(p_endings) with ordinality f (execution_id, id, was, outcome, worker_id, attempt, output, ports, error, context, due_at, wait_for,
            retries, losses, requires, leaves, ends_execution, tries, ord)
        left join interlock.assignments a on a.execution_id = f.execution_id and a.id = f.id
        left join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
    ) x;
    return v_endings;
end $$;
