-- Returns what is left of each of the worker's queues when this is left of the share of each workspace. Caller: exchange_all. Changes nothing.
create function interlock.capacity_left(p_share interlock.share, p_capacities integer[]) returns integer[] language plpgsql immutable set search_path = '' as $$
begin
    return array(
        select t.total - (
            select coalesce(sum(k.capacity - k.remaining), 0)::integer
            from unnest((p_share).capacities, p_capacities, (p_share).places) k (capacity, remaining, place)
            where k.place = t.place)
        from unnest((p_share).totals) with ordinality t (total, place)
        order by t.place);
end $$;
