-- Returns the capacities of a share for what follows results. What runs in a limited workspace is counted after the results were recorded, so nothing that
-- follows them is handed over (p_rest null); then it may claim its share. p_rest: what is left of the capacities. Caller: exchange_all. Changes nothing.
create function interlock.capacities_of(p_share interlock.share, p_rest integer[]) returns integer[] language plpgsql immutable set search_path = '' as $$
begin
    return array(
        select case when k.limited then case when p_rest is null then 0 else k.capacity end else coalesce(p_rest[k.ord], k.capacity) end
        from unnest((p_share).capacities, (p_share).limited) with ordinality k (capacity, limited, ord)
        order by k.ord);
end $$;
