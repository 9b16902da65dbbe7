-- Reads the traits of these versions in one query, with a full budget for this transaction. Changes nothing.
create function interlock.traits_of_versions(p_versions integer[]) returns interlock.traits
language plpgsql stable set search_path = '' as $$
declare
    v_traits interlock.traits;
begin
    select coalesce(bool_or(v.has_joins), false), coalesce(bool_or(v.has_counts), false), coalesce(bool_or(v.has_ordered), false),
           coalesce(bool_or(v.has_locks), false), coalesce(max(v.max_fan_out), 0), interlock.visits_per_transaction()
    into v_traits
    from interlock.workflow_versions v
    where v.id = any (p_versions);
    return v_traits;
end $$;
