-- Raises IL092 for a change of status that no row of a transition table allows; the triggers call it for nothing else.
create function interlock.refuse_transition() returns trigger language plpgsql set search_path = '' as $$
begin
    perform interlock.raise_error('IL092', format('A row of %s cannot go from %s to %s.', tg_table_name, old.status, new.status),
        p_hint => 'A terminal status never changes; docs/states.md lists the allowed changes.');
    return null;
end $$;
