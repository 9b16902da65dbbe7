-- Evaluates a lock's program for a visit or an execution and returns the key; null if it gives no value of 1 to 500 characters.
create function interlock.lock_key_of(p_program jsonb, p_input jsonb, p_context jsonb, p_subject text, p_execution_id uuid) returns text
language plpgsql stable set search_path = '' as $$
declare
    v_key text := interlock.evaluate_program(p_program, p_input, p_context, p_subject, p_execution_id) #>> '{}';
begin
    return case when length(v_key) between 1 and 500 then v_key end;
end $$;
