-- What a wave does to executions as wholes: their context, that something waits in them, their end.
-- Transition: execution -> completed | failed. Caller: advance, go_on; with the locks of the executions.
create function interlock.apply_wave(p_wave interlock.wave, p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
begin
    if (p_wave).context_executions is not null then
        perform interlock.merge_contexts((p_wave).context_executions, (p_wave).context_patches);
    end if;
    if (p_wave).waited_executions is not null then
        update interlock.executions e set last_waited_at = p_now where e.id = any ((p_wave).waited_executions);
    end if;
    if (p_wave).ended_executions is not null then
        perform interlock.end_executions((p_wave).ended_executions,
            array(select case when u.error is null then 'completed' else 'failed' end
                  from unnest((p_wave).ended_errors) with ordinality u (error, ord) order by u.ord),
            (p_wave).ended_by, (p_wave).ended_errors, p_now);
    end if;
end $$;
