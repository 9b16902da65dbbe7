-- Creates the triggers that refuse every change of status that is not a row of the transition tables. Run it again after changing those rows.
-- The allowed changes are one text: each update parses its trigger's condition anew, and twenty comparisons take longer to parse than to make.
create function interlock.guard_transitions() returns void language plpgsql set search_path = '' as $$
declare
    v_table   text;
    v_allowed text;
begin
    foreach v_table in array array['executions', 'assignments'] loop
        execute format('select '' '' || string_agg(t.from_status || ''>'' || t.to_status, '' '' order by t.from_status, t.to_status) || '' ''
                        from interlock.%I t', left(v_table, -1) || '_transitions') into v_allowed;
        execute format('drop trigger if exists refuse_transition on interlock.%I', v_table);
        execute format('create trigger refuse_transition before update of status on interlock.%I for each row
                        when (old.status <> new.status and strpos(%L, '' '' || old.status || ''>'' || new.status || '' '') = 0)
                        execute function interlock.refuse_transition()', v_table, v_allowed);
    end loop;
end $$;
