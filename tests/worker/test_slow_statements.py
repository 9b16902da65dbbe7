"""A result that takes the database too long fails its own execution, and no other waits for it for long."""

from typing import Any

import psycopg
import pytest

from tests.worker.engine import Engine, until

SLOW = """
alter function interlock.exchange(uuid, bigint, jsonb, text[], integer[], boolean, boolean) rename to exchange_at_once;
create table public.slow_results (result jsonb);
create function interlock.exchange(
    p_worker_id uuid, p_request bigint, p_results jsonb, p_queues text[], p_limits integer[], p_slim boolean default false,
    p_offers boolean default false
) returns json
language plpgsql as $$
begin
    if p_results @> '[{"output": {"slow": true}}]' then
        perform pg_sleep(30);
    end if;
    insert into public.slow_results select result from jsonb_array_elements(p_results) result where result ->> 'outcome' = 'broken';
    return interlock.exchange_at_once(p_worker_id, p_request, p_results, p_queues, p_limits, p_slim, p_offers);
end $$;
"""


@pytest.fixture
def slow_database(database_url: str) -> str:
    """A database that takes half a minute for a result that says so."""
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute(SLOW)
    return database_url


@pytest.mark.parametrize("is_pooled", [False, True])
async def test_one_result_that_takes_too_long_fails_alone(engine: Engine, slow_database: str, pooled_url: str, *, is_pooled: bool) -> None:
    await engine.deploy("gates", {"g": "GATE", "a": "ECHO"})
    changes: dict[str, Any] = {"database_url": pooled_url if is_pooled else slow_database, "listen": False, "statement_seconds": 0.5}
    async with engine.worker(**changes):
        started = await engine.start("gates", *({"slow": True} if number == 7 else {"n": number} for number in range(20)))
        await until(lambda: engine.nodes.gate.under_way == 20)
        engine.nodes.gate.opened.set()
        innocent = started[:7] + started[8:]
        ended = await engine.ended(*innocent, seconds=25)

        async def is_told() -> bool:
            return bool(await engine.rows("select from public.slow_results"))

        await until(is_told)
        [slow] = await engine.ended(started[7])
        later = await engine.ended(*await engine.start("gates", {}, {}), seconds=25)
    assert {execution["status"] for execution in ended + later} == {"completed"}
    assert (slow["status"], slow["error"]["code"]) == ("failed", "statement_too_slow")
    [told] = [row["result"] for row in await engine.rows("select result from public.slow_results limit 1")]
    assert (told["execution_id"], told["attempt"], told["error"]["code"]) == (str(started[7]), 1, "statement_too_slow")
    assert told["error"]["hint"]


async def test_waiting_for_a_lock_is_not_taken_for_a_slow_statement(engine: Engine, database_url: str) -> None:
    """Somebody else holds the execution for longer than a statement may take: its result waits, and counts."""
    await engine.deploy("gates", {"g": "GATE"})
    async with engine.worker(statement_seconds=0.4):
        [held] = await engine.start("gates", {"n": 1})
        await until(lambda: engine.nodes.gate.under_way == 1)
        async with await psycopg.AsyncConnection.connect(database_url) as holder:
            await holder.execute("select from interlock.executions where id = %s for no key update", [held])
            engine.nodes.gate.opened.set()

            async def has_waited_for_long() -> bool:
                """Four times as long as a statement may take."""
                query = "select clock_timestamp() - xact_start > interval '1.6 s' from pg_stat_activity where pid = %s"
                return bool(await engine.one(query, holder.info.backend_pid))

            await until(has_waited_for_long)
            await holder.rollback()
        [execution] = await engine.ended(held)
    assert execution["output"] == {"g": {"n": 1}}
