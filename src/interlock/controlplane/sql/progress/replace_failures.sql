-- Replaces each failed ending by the decision of decide_failures; the others stay as they are. Returns as many endings as it gets, in the same order. A
-- failure whose visit is no longer what it was stays as it is, and finish leaves it out.
-- Caller: record_results.
create function interlock.replace_failures(p_endings interlock.ending[], p_outcome text, p_now timestamptz) returns interlock.ending[]
language plpgsql set search_path = '' as $$
declare
    v_decided interlock.ending[];
begin
    if not 'failed' = any (array(select e.outcome from unnest(p_endings) e)) then
        return p_endings;
    end if;
    v_decided := interlock.decide_failures(array(
        select e::interlock.ending from unnest(p_endings) e where e.outcome = 'failed'), p_outcome, p_now);
    return array(
        select coalesce(d.ending, f.ending)
        from (
            select row_number() over () as ord, e::interlock.ending as ending, e.execution_id, e.id, e.outcome, e.attempt from unnest(p_endings) e
        ) f
        left join lateral (
            select d::interlock.ending as ending from unnest(v_decided) d
            where f.outcome = 'failed' and d.execution_id = f.execution_id and d.id = f.id limit 1
        ) d on true
        order by f.ord);
end $$;
