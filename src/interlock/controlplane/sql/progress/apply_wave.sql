-- Applies the effects of a wave on whole executions: their context, that a wait in them ended, their end.
-- Transition: execution -> completed | failed. Caller: advance, with the locks of the executions. Errors: none of its own.
create function interlock.apply_wave(p_wave interlock.wave, p_now timestamptz) returns void
language plpgsql set search_path = '' as $$
begin
    if (p_wave).context_changes is not null then
        perform interlock.merge_contexts((p_wave).context_changes);
    end if;
    if (p_wave).waited is not null then
        update interlock.executions e set last_waited_at = p_now where e.id = any ((p_wave).waited);
    end if;
    if (p_wave).ended is not null then
        perform interlock.end_executions((p_wave).ended, p_now);
    end if;
end $$;
