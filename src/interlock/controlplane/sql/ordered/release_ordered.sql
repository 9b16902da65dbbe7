-- Decides when finished visits of ordered nodes leave that are parked behind an earlier one, and returns those that leave now, in order.
-- Transition: waiting (for order) -> completed | failed | cancelled.
-- Caller:  advance, with the locks of the executions. p_leaving may contain visits that were parked just now: they leave in their own turn if all earlier
--          ones have left by then. A visit that was parked before leaves directly after the earlier one.
-- Errors:  none of its own. A repeat finds them gone and returns nothing new.
create function interlock.release_ordered(p_executions uuid[], p_leaving interlock.departure[], p_traits interlock.traits, p_now timestamptz)
returns interlock.departure[]
language plpgsql set search_path = '' as $$
declare
    v_endings  interlock.ending[];
    v_released interlock.departure[];
begin
    select array_agg(row(p.execution_id, p.id, 'order', interlock.parked_outcome(p.error), null, null, null, null, p.error, null, null, null, null, null,
               null, true, false, null)::interlock.ending order by p.execution_id, p.node_no, p.visit)
    into v_endings
    from unnest(p_executions) x (id)
    join interlock.executions e on e.id = x.id and e.ended_at is null
    cross join lateral interlock.parked_visits(x.id) p;
    if v_endings is not null then
        v_released := ((interlock.finish(interlock.defer_beyond_budget(v_endings, p_traits, p_now), false, p_now)).wave).leaving;
    elsif p_leaving is null then
        return null;
    end if;
    return nullif(array(
        with leaving as materialized (
            select l.ord, row(l.execution_id, l.id, l.version_id, l.node_no, l.ports, l.late_for, l.source_execution_id, l.source_id)
                       ::interlock.departure as departure,
                   a.execution_id, a.id, a.node_no, a.visit, a.ended_at is not null as has_ended
            from unnest(p_leaving) with ordinality
                l (execution_id, id, version_id, node_no, ports, late_for, source_execution_id, source_id, ord)
            join interlock.assignments a on a.execution_id = l.execution_id and a.id = l.id
        ), released as (
            select r::interlock.departure as departure, a.execution_id, a.id, a.node_no, a.visit
            from unnest(v_released) r
            join interlock.assignments a on a.execution_id = r.execution_id and a.id = r.id
        )
        select x.departure
        from (
            select l.departure, l.ord as after, 0 as visit
            from leaving l
            -- by both keys: the retries of an execution share the ids of its visits
            where l.has_ended and (l.execution_id, l.id) not in (select r.execution_id, r.id from released r)
            union all
            select r.departure,
                   (select max(l.ord) from leaving l where l.execution_id = r.execution_id and l.node_no = r.node_no and l.visit <= r.visit),
                   r.visit
            from released r
        ) x
        order by x.after nulls last, x.visit), '{}');
end $$;
