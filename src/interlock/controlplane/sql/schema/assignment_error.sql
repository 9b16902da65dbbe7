-- Builds the error of an assignment that is final: `code` is one of the closed list in docs/errors.md, `hint` says how to fix it.
create function interlock.assignment_error(p_code text, p_message text, p_hint text) returns jsonb language sql immutable as $$
    select pg_catalog.jsonb_build_object('code', p_code, 'message', p_message, 'hint', p_hint, 'retryable', false)
$$;
