-- Returns the traits of the versions of these executions, with a full budget for this transaction. Changes nothing.
create function interlock.traits_of(p_executions uuid[]) returns interlock.traits
language plpgsql stable set search_path = '' as $$
begin
    return interlock.traits_of_versions(array(
        select distinct e.version_id from unnest(p_executions) x (id) join interlock.executions e on e.id = x.id));
end $$;
