-- Called only to raise: a change of status that no row of a transition table allows (IL092).
create function interlock.refuse_transition() returns trigger language plpgsql set search_path = '' as $$
begin
    perform interlock.raise_error('IL092', format('A row of %s cannot go from %s to %s.', tg_table_name, old.status, new.status),
        p_hint => 'Terminal is final; docs/states.md lists what is allowed.');
    return null;
end $$;
