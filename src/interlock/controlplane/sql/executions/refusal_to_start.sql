-- Returns why one execution of a batch cannot be started, or null. Caller: start_executions.
create function interlock.refusal_to_start(p_input jsonb, p_idempotency_key text, p_subject text, p_lock_missing boolean) returns jsonb
language sql stable as $$
    select case
        when p_input is null then pg_catalog.jsonb_build_object('code', 'IL013',
            'message', 'An execution is started with an object {"input", "idempotency_key", "subject"}.',
            'hint', 'Fix this one and send it again; the others are started.')
        when length(p_idempotency_key) > 500 or length(p_subject) > 500 then pg_catalog.jsonb_build_object('code', 'IL013',
            'message', 'Idempotency keys and subjects have at most 500 characters.', 'hint', 'Fix this one and send it again; the others are started.')
        when interlock.is_too_deep(p_input) then pg_catalog.jsonb_build_object('code', 'IL013',
            'message', 'The input is nested deeper than 100 levels.', 'hint', 'Store the inner part as text, or make the input flatter.')
        when p_lock_missing then pg_catalog.jsonb_build_object('code', 'IL008',
            'message', 'The lock of this workflow has no value of 1 to 500 characters for this input.', 'hint', 'Add the field that the lock names to the input.')
    end
$$;
