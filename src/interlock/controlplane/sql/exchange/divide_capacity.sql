-- Divides a capacity among those who want some of it: nobody gets more than they want, and nobody has to go without while another gets two.
-- p_wanted: how much each wants, in the order in which their turns come. The first one gets what cannot be divided.
-- last: the place of the one whose turn was the last of a round in which the capacity ran out; the next division begins behind it. Null: the round went to its
-- end. So one who always wants something gets something at least once in as many divisions as there are places. Caller: share_capacity.
create function interlock.divide_capacity(p_capacity integer, p_wanted integer[], out shares integer[], out last integer)
language plpgsql immutable set search_path = '' as $$
declare
    v_left    integer := p_capacity;
    v_unmet   integer := (select count(*) from unnest(p_wanted) w (wanted) where w.wanted > 0);
    v_each    integer;
    v_portion integer;
    v_still   integer;
begin
    shares := array_fill(0, array[cardinality(p_wanted)]);
    while v_left > 0 and v_unmet > 0 loop
        v_each := greatest(1, v_left / v_unmet);
        v_still := 0;
        for v_place in 1 .. cardinality(p_wanted) loop
            continue when shares[v_place] >= p_wanted[v_place];
            v_portion := least(v_each, p_wanted[v_place] - shares[v_place], v_left);
            if v_portion = 0 then
                return;                                                   -- the capacity ran out before everybody had a turn
            end if;
            shares[v_place] := shares[v_place] + v_portion;
            v_left := v_left - v_portion;
            last := v_place;
            if shares[v_place] < p_wanted[v_place] then
                v_still := v_still + 1;
            end if;
        end loop;
        v_unmet := v_still;
        last := null;
    end loop;
end $$;
