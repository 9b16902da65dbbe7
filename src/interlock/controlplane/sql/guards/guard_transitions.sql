-- Creates the triggers that refuse every change of status that is not a row of the transition tables. Run it again after changing those rows.
-- PostgreSQL parses the condition of a trigger anew in each statement, so it is short: one text of allowed changes, statuses by their first two letters
-- (a check of each table refuses what is no status). After the update: a trigger before it locks the row first, which is written to the WAL.
create function interlock.guard_transitions() returns void language plpgsql set search_path = '' as $$
declare
    v_table    text;
    v_statuses text[];
    v_allowed  text;
begin
    foreach v_table in array array['executions', 'assignments'] loop
        execute format('with statuses as (
                            select t.from_status as status from interlock.%1$I t union select t.to_status from interlock.%1$I t
                        ), allowed as (
                            select t.from_status, t.to_status from interlock.%1$I t union all select s.status, s.status from statuses s
                        )
                        select (select array_agg(s.status) from statuses s),
                               (select string_agg(left(a.from_status, 2) || left(a.to_status, 2), '' '' order by a.from_status, a.to_status) from allowed a)',
            left(v_table, -1) || '_transitions')
        into v_statuses, v_allowed;
        if (select count(distinct left(s, 2)) < cardinality(v_statuses) from unnest(v_statuses) s) then
            raise exception 'two statuses of % begin with the same two letters: %', v_table, v_statuses;
        end if;
        execute format('drop trigger if exists refuse_transition on interlock.%I', v_table);
        execute format('create trigger refuse_transition after update of status on interlock.%I for each row
                        when (strpos(%L, left(old.status, 2) || left(new.status, 2)) = 0)
                        execute function interlock.refuse_transition()', v_table, v_allowed);
    end loop;
end $$;
