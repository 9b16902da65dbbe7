"""What becomes of the general path in a test of the lean one: it is broken, or it writes down which results came to it."""

from typing import Final, LiteralString

_FUNCTION: Final[LiteralString] = """interlock.record_general(
    p_results jsonb, p_taker interlock.taker, p_now timestamptz,
    out answers text[], out claimed interlock.visit_id[], out capacities integer[], out pending_queues text[]
) language plpgsql as"""

# An error instead: whatever still works went over the lean path.
BREAK: Final[LiteralString] = f"""
create or replace function {_FUNCTION} $$
begin
    raise 'a result came to the general path: %', p_results;
end $$;
"""

WATCH: Final[LiteralString] = f"""
create table left_over (place bigint generated always as identity, assignment_id text);
alter function interlock.record_general rename to record_unwatched;
create function {_FUNCTION} $$
declare
    v_answer record;
begin
    insert into public.left_over (assignment_id) select item ->> 'assignment_id' from jsonb_array_elements(p_results) item;
    v_answer := interlock.record_unwatched(p_results, p_taker, p_now);
    answers := v_answer.answers;
    claimed := v_answer.claimed;
    capacities := v_answer.capacities;
    pending_queues := v_answer.pending_queues;
end $$;
"""

# The visits whose results finish_into_joins took are written down.
WATCH_JOINS: Final[LiteralString] = """
create table joined (place bigint generated always as identity, execution_id uuid, assignment_id uuid);
alter function interlock.finish_into_joins rename to finish_unwatched;
create function interlock.finish_into_joins(
    p_results interlock.ending[], p_locked uuid[], p_taker interlock.taker, p_now timestamptz, out taken bigint[], out wave interlock.wave
) language plpgsql as $$
declare
    v_found record := interlock.finish_unwatched(p_results, p_locked, p_taker, p_now);
begin
    taken := v_found.taken;
    wave := v_found.wave;
    insert into public.joined (execution_id, assignment_id)
    select p_results[place].execution_id, p_results[place].id from unnest(taken) place order by place;
end $$;
"""
