-- Returns how a visit ends that is done and was parked (for order, or for its turn): as its error says. Changes nothing.
create function interlock.parked_outcome(p_error jsonb) returns text language sql immutable as $$
    select case when p_error is null then 'completed' when p_error ? 'was' then 'cancelled' else 'failed' end
$$;
