-- What the versions of these executions have, in one look; with a full budget for this transaction. Changes nothing.
create function interlock.traits_of(p_executions uuid[]) returns interlock.traits
language plpgsql stable set search_path = '' as $$
declare
    v_traits interlock.traits;
begin
    select coalesce(bool_or(v.has_joins), false), coalesce(bool_or(v.has_counts), false), coalesce(bool_or(v.has_ordered), false),
           coalesce(bool_or(v.has_locks), false), coalesce(max(v.max_fan_out), 0),
           interlock.visits_per_transaction()
    into v_traits
    from interlock.workflow_versions v
    where v.id in (select e.version_id from unnest(p_executions) x (id) join interlock.executions e on e.id = x.id);
    return v_traits;
end $$;
