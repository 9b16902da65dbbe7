-- Returns what a retry from this visit leaves out: what followed from it, the joins that wait for it again, and what followed from these. Caller: retry.
create function interlock.left_out(p_execution_id uuid, p_from uuid, p_version_id integer) returns uuid[] language plpgsql stable set search_path = '' as $$
declare
    v_joins uuid[] := interlock.waiting_again(p_execution_id, p_from, p_version_id);
begin
    return v_joins || interlock.descendants_of(p_execution_id, p_from || v_joins);
end $$;
