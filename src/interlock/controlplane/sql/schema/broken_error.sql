-- Builds the error of an execution that the control plane could not move; it holds PostgreSQL's message.
create function interlock.broken_error(p_sqlstate text, p_message text) returns jsonb language sql stable as $$
    select interlock.assignment_error('IL099', format('The control plane could not move this execution: %s (%s).', p_message, p_sqlstate),
        'Report this message together with the definition; then retry the execution.')
$$;
