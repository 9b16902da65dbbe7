"""The connection of a lane, against the database itself."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from interlock.errors import DatabaseUnavailable, WorkerUnknown
from interlock.json_text import WrittenJson, write_json
from interlock.worker.answers import Failure, classify_failure
from interlock.worker.connections import Connections
from interlock.worker.exchange_connection import ExchangeConnection
from tests.worker.engine import Engine, terminate_workers, until
from tests.worker.proxy import Proxy

NOTHING = WrittenJson(b"[]")
QUEUES = ["default", 'say "so"', "back\\slash", "a,b", "{c}", "日本", "null", " "]


@asynccontextmanager
async def connected(engine: Engine, **changes: Any) -> AsyncIterator[tuple[ExchangeConnection, UUID]]:
    """The connection of the first lane, and the id of a worker that is registered."""
    worker_id = uuid4()
    await engine.control.register_worker(worker_id, "test", QUEUES, 30, {"node_types": ["TEST_NODE/ECHO"]})
    connections = Connections(engine.settings(**changes), logging.getLogger("tests.exchanges"))
    async with connections.closing():
        lane = connections.exchanging[0]
        assert isinstance(lane, ExchangeConnection)
        yield lane, worker_id


async def ask(
    lane: ExchangeConnection, worker_id: UUID, request: int, results: WrittenJson = NOTHING, limits: Mapping[str, int] | None = None
) -> Any:
    given = limits or {}
    return await lane.exchange_slim(worker_id, request, results, queues=QUEUES, limits=[given.get(queue, 0) for queue in QUEUES], offers=False)


async def test_names_of_queues_arrive_as_they_are(engine: Engine) -> None:
    async with connected(engine) as (lane, _):
        assert await engine.one("select %s::text[]", lane._array_of(QUEUES).decode()) == QUEUES


async def test_what_is_claimed_is_returned(engine: Engine) -> None:
    await engine.deploy("one", {"a": "ECHO"})
    await engine.start("one", {"n": 1})
    async with connected(engine) as (lane, worker_id):
        reply = await ask(lane, worker_id, 2, limits={"default": 3})
    assert [assignment["input"] for assignment in reply.assignments] == [{"n": 1}]


async def test_a_request_waits_until_an_offer_was_read_over_the_same_connection(engine: Engine) -> None:
    await engine.deploy("one", {"a": "ECHO"})
    async with connected(engine) as (lane, worker_id):
        await lane.exchange_slim(worker_id, 2, NOTHING, queues=["default"], limits=[1], offers=True)
        [execution] = await engine.start("one", {"n": 1})
        reading = asyncio.create_task(lane.get_offer(worker_id))
        await asyncio.sleep(0)
        assert not lane.can_read_offers
        reply = await ask(lane, worker_id, 4)
        offer = await reading
    assert offer is not None
    assert offer["execution_id"] == str(execution)
    assert reply.offered == offer["assignment_id"]


async def test_a_request_waits_for_another_offer_too_that_is_read_at_once_after_the_first(engine: Engine) -> None:
    async def read_two() -> None:
        for _ in range(2):
            assert lane.can_read_offers
            assert await lane.get_offer(worker_id) is None

    async with connected(engine) as (lane, worker_id):
        await ask(lane, worker_id, 2)
        reading = asyncio.create_task(read_two())
        await asyncio.sleep(0)
        assert (await ask(lane, worker_id, 4)).assignments == []
        await reading


async def test_no_offer_is_read_over_a_connection_that_is_only_being_prepared(engine: Engine) -> None:
    worker_id, goes_on, has_begun = uuid4(), asyncio.Event(), asyncio.Event()
    await engine.control.register_worker(worker_id, "test", QUEUES, 30, {"node_types": []})

    class SlowToPrepare(psycopg.AsyncConnection[Any]):
        async def execute(self, *arguments: Any, **more: Any) -> Any:
            has_begun.set()
            await goes_on.wait()
            return await super().execute(*arguments, **more)

    async def connect() -> psycopg.AsyncConnection[Any]:
        return await SlowToPrepare.connect(engine.url, autocommit=True)

    lane = ExchangeConnection(connect, engine.control, 10)
    try:
        asking = asyncio.create_task(ask(lane, worker_id, 2))
        await has_begun.wait()
        assert not lane.can_read_offers
        goes_on.set()
        assert (await asking).assignments == []
        assert lane.can_read_offers
    finally:
        await lane.close()


async def test_an_offer_that_does_not_come_in_time_lets_the_next_request_through(engine: Engine, proxy: Proxy) -> None:
    async with connected(engine, database_url=proxy.url, reply_seconds=0.3) as (lane, worker_id):
        await ask(lane, worker_id, 2)
        proxy.freeze()
        with pytest.raises(TimeoutError):
            await lane.get_offer(worker_id)
        proxy.restore()
        assert (await ask(lane, worker_id, 4)).assignments == []


async def test_eight_mebibytes_of_results_go_through(engine: Engine) -> None:
    result = {"execution_id": str(uuid4()), "assignment_id": str(uuid4()), "attempt": 1, "outcome": "completed", "output": {"text": "x" * 3_900_000}}
    async with connected(engine) as (lane, worker_id):
        reply = await ask(lane, worker_id, 2, WrittenJson(write_json([result, result])))
        assert reply.answers == ["IL001", "IL001"]
        assert (await ask(lane, worker_id, 4)).answers is None


@pytest.mark.parametrize("at_server", [True, False])
async def test_a_connection_that_is_lost_while_a_request_is_sent_says_that_the_database_is_away(
    engine: Engine, proxy: Proxy, at_server: bool
) -> None:
    """Any other error would say that the database refused the results."""
    result = {"execution_id": str(uuid4()), "assignment_id": str(uuid4()), "attempt": 1, "outcome": "completed", "output": {"text": "x" * 7_900_000}}
    async with connected(engine, database_url=proxy.url, reply_seconds=10) as (lane, worker_id):
        await ask(lane, worker_id, 2)
        proxy.stop_requests()
        sending = asyncio.create_task(ask(lane, worker_id, 4, WrittenJson(write_json([result]))))
        await until(lambda: proxy.has_stopped_one)
        if at_server:
            await terminate_workers(engine, "exchange")
        else:
            proxy.cut()
            proxy.restore()
        with pytest.raises(Exception) as raised:
            await sending
        assert classify_failure(raised.value) is Failure.AWAY
        proxy.pass_requests()
        assert (await ask(lane, worker_id, 4, WrittenJson(write_json([result])))).answers == ["IL001"]


async def test_an_error_of_the_database_has_its_class_and_the_next_request_goes_through(engine: Engine) -> None:
    async with connected(engine) as (lane, worker_id):
        with pytest.raises(WorkerUnknown, match="No worker"):
            await ask(lane, uuid4(), 2)
        assert (await ask(lane, worker_id, 2)).assignments == []


async def test_a_connection_that_was_closed_while_nothing_was_asked_is_made_anew(engine: Engine) -> None:
    async with connected(engine) as (lane, worker_id):
        await ask(lane, worker_id, 2)
        assert await terminate_workers(engine, "exchange") == 1
        await until(lambda: lane._connection is not None and bool(lane._connection.closed))
        assert (await ask(lane, worker_id, 4)).assignments == []


async def test_where_the_session_changes_after_all_requests_are_sent_without_a_prepared_statement(engine: Engine) -> None:
    async with connected(engine) as (lane, worker_id):
        await ask(lane, worker_id, 2)
        assert lane._connection is not None
        lane._connection.pgconn.exec_(b"deallocate all")
        with pytest.raises(DatabaseUnavailable):
            await ask(lane, worker_id, 4)
        assert (await ask(lane, worker_id, 4)).assignments == []
        assert lane._connection is None


async def test_behind_a_pooler_no_statement_is_prepared(engine: Engine, pooled_url: str, database_url: str) -> None:
    async with connected(engine, database_url=pooled_url) as (lane, worker_id):
        for request in (2, 4, 6):
            assert (await ask(lane, worker_id, request)).assignments == []
        assert lane._connection is None


async def test_a_request_without_an_answer_ends_in_time(engine: Engine, database_url: str) -> None:
    async with connected(engine, reply_seconds=0.3) as (lane, worker_id):
        await ask(lane, worker_id, 2)
        with psycopg.connect(database_url) as holder:
            holder.execute("select pg_advisory_xact_lock(hashtextextended(%s::text, 0))", [str(worker_id)])
            with pytest.raises(TimeoutError):
                await ask(lane, worker_id, 4)
        assert (await ask(lane, worker_id, 4)).assignments == []
