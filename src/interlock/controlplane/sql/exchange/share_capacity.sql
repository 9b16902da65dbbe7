-- Divides what a worker can take from each of its queues among the workspaces: among those that have something due there, or report something now that may go
-- on in it. Each wants as many as it has due and reports, see divide_capacity. Changes nothing.
-- Caller: exchange, for a worker whose queues stand for those of several workspaces.
-- A workspace whose running assignments are limited wants no more than may run; what its own results make free counts.
-- p_keys: the keys of the worker's queues. p_turns: the key whose turn was the last, for each queue of which one had a turn.
-- turns: the same after this exchange.
create function interlock.share_capacity(
    p_queues text[], p_limits integer[], p_keys text[], p_results jsonb, p_node_types text[], p_turns text[], p_now timestamptz,
    out share interlock.share, out turns text[]
)
language plpgsql stable set search_path = '' as $$
declare
    v_known   record;
    v_first   integer := 1;
    v_last    integer;
    v_divided record;
    v_step    integer := jsonb_array_length(p_results) / 32 + 1;
begin
    turns := p_turns;
    with reporting as materialized (
        -- some of many say it well enough, because what is not handed over is due at once
        select e.workspace_id, (count(*) * v_step)::integer as count
        from jsonb_array_elements(p_results) with ordinality r (item, ord)
        join interlock.executions e on r.ord % v_step = 0 and e.id = case
            when r.item ->> 'execution_id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then (r.item ->> 'execution_id')::uuid end
        group by e.workspace_id
    ), known as materialized (
        select q.place::integer as place, q.capacity, k.key, coalesce(k.key collate "C" <= t.key, false) as had_turn, coalesce(r.count, 0) as reported,
               exists (select from interlock.claimable_assignments a where a.queue = k.key and a.due_at <= p_now)
                   or exists (
                       select from interlock.claimable_special_assignments a
                       where a.queue = k.key and a.due_at <= p_now and (a.requires is null or a.requires = any (p_node_types))) as is_due,
               l.max_running - interlock.running_count(l.id) + coalesce(r.count, 0) as free
        from unnest(p_queues, p_limits) with ordinality q (name, capacity, place)
        join unnest(p_keys) k (key) on interlock.unscoped_name(k.key) = q.name
        left join unnest(p_turns) t (key) on interlock.unscoped_name(t.key) = q.name
        left join reporting r on r.workspace_id = interlock.workspace_of(k.key)
        left join interlock.workspaces l on l.id = case when left(k.key, 1) = '#' then interlock.workspace_of(k.key) end and l.max_running is not null
    ), shared as (
        select n.*, n.is_due or n.reported > 0 as takes_part, count(*) filter (where n.is_due or n.reported > 0) over (partition by n.place) as part_count
        from known n
    ), counted as (
        -- nobody needs to be asked for more than an even share, and one that others leave; one alone gets all
        select s.*, s.takes_part and s.part_count = 1 as is_alone, case when s.is_due and s.part_count > 1 then s.capacity / s.part_count + 1 else 0 end as most
        from shared s
    )
    select array_agg(c.key order by c.place, c.had_turn, c.key collate "C") filter (where c.takes_part) as keys,
           array_agg(c.place order by c.place, c.had_turn, c.key collate "C") filter (where c.takes_part) as places,
           array_agg(c.key order by c.place, c.key collate "C") filter (where not c.takes_part) as idle,
           array_agg(c.place order by c.place, c.key collate "C") filter (where not c.takes_part) as idle_places,
           array_agg(c.free is not null order by c.place, c.had_turn, c.key collate "C") filter (where c.takes_part) as limited,
           array_agg(greatest(0, least(case when c.is_alone then c.capacity else c.reported + plain.count + special.count end, c.free)) order by c.place, c.had_turn, c.key collate "C") filter (where c.takes_part)
               as wanted
    into v_known
    from counted c
    cross join lateral (
        select count(*)::integer as count
        from (select from interlock.claimable_assignments a where a.queue = c.key and a.due_at <= p_now limit c.most) a
    ) plain
    cross join lateral (
        select count(*)::integer as count
        from (
            select from interlock.claimable_special_assignments a
            where a.queue = c.key and a.due_at <= p_now and (a.requires is null or a.requires = any (p_node_types))
            limit c.most
        ) a
    ) special;

    share.queues := coalesce(v_known.keys, '{}');
    share.places := coalesce(v_known.places, '{}');
    share.totals := p_limits;
    share.idle := coalesce(v_known.idle, '{}');
    share.idle_places := coalesce(v_known.idle_places, '{}');
    share.limited := case when true = any (v_known.limited) then v_known.limited end;
    share.capacities := '{}';
    while v_first <= cardinality(share.queues) loop
        v_last := v_first;
        while share.places[v_last + 1] = share.places[v_first] loop
            v_last := v_last + 1;
        end loop;
        v_divided := interlock.divide_capacity(p_limits[share.places[v_first]], v_known.wanted[v_first : v_last]);
        share.capacities := share.capacities || v_divided.shares;
        if v_divided.last is not null then
            turns := array(select t from unnest(turns) t where interlock.unscoped_name(t) <> p_queues[share.places[v_first]])
                || share.queues[v_first + v_divided.last - 1];
        end if;
        v_first := v_last + 1;
    end loop;
end $$;
