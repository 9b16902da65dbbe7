-- Resolves a visit of a node that passes its input on (JOIN, GOTO): it completes at once.
-- Caller: resolve_inline. Changes nothing.
create function interlock.resolve_pass(
    p_inline jsonb, p_input jsonb, p_context jsonb, p_subject text, p_execution_id uuid, p_now timestamptz
) returns interlock.resolution
language sql immutable as $$
    select row('completed', null, null, null, null)::interlock.resolution
$$;
