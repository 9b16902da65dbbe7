-- Returns the error of an execution or a visit that an operator cancelled.
create function interlock.cancelled_error(p_reason text, p_by text) returns jsonb language sql immutable as $$
    select interlock.assignment_error('cancelled', coalesce(nullif(p_reason, ''), 'An operator cancelled it.'),
        'Retry the execution if the work is wanted after all.') || pg_catalog.jsonb_build_object('details', pg_catalog.jsonb_build_object('by', p_by))
$$;
