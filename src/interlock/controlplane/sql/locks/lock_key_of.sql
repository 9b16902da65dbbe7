-- Evaluates a lock's program for a visit or an execution, and returns the key under which its workspace stores the lock, see scoped_name; null if the program
-- gives no value of 1 to 500 characters.
create function interlock.lock_key_of(
    p_program jsonb, p_input jsonb, p_context jsonb, p_subject text, p_execution_id uuid, p_workspace_id integer
) returns text
language plpgsql stable set search_path = '' as $$
declare
    v_name text := interlock.evaluate_program(p_program, p_input, p_context, p_subject, p_execution_id) #>> '{}';
begin
    return case when length(v_name) between 1 and 500 then interlock.scoped_name(p_workspace_id, v_name) end;
end $$;
