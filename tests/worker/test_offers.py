"""A worker that listens is offered the first visit of an execution, and begins it once."""

import psycopg

from interlock.controlplane.listener import ListenerState
from tests.worker.engine import Engine, until

CLAIMED = "select count(*) from interlock.assignments where worker_id is not null and claim_request is not null"


async def notify(engine: Engine, payload: str) -> None:
    await engine.rows("select pg_notify('workflow_changes', %s)", payload)


async def is_idle(engine: Engine) -> bool:
    """Returns whether the database would offer the worker a visit."""
    return bool(await engine.one("select count(*) from interlock.exchanges where takes_offers and queues <> '{}' and offered_assignment_id is null"))


async def test_an_idle_worker_executes_first_visits_without_claiming_them(engine: Engine) -> None:
    await engine.deploy("chain", {"a": "ECHO"})
    async with engine.worker(poll_seconds=3600) as worker:
        await until(lambda: worker.listener_state is ListenerState.LISTENING)
        for number in range(5):
            await until(lambda: is_idle(engine))
            [ended] = await engine.ended(*await engine.start("chain", {"n": number}))
            assert ended["output"] == {"a": {"n": number}}
    assert await engine.one(CLAIMED) < 5, "an exchange that is under way at the same moment brings one as well"
    assert worker.statistics.completed == 5


async def test_a_visit_that_was_offered_goes_on_like_any_other(engine: Engine) -> None:
    await engine.deploy("chain", {"a": "ECHO", "b": "ECHO", "c": "ECHO"})
    async with engine.worker(poll_seconds=3600) as worker:
        await until(lambda: is_idle(engine))
        [ended] = await engine.ended(*await engine.start("chain", {"n": 1}))
    assert ended["output"] == {"c": {"n": 1}}
    assert worker.statistics.completed == 3


async def test_an_offer_that_nobody_was_told_of_comes_with_the_next_poll(engine: Engine) -> None:
    """The listener is halfway: the database believes that it listens, and no notification arrives."""
    await engine.deploy("chain", {"a": "ECHO"})
    async with engine.worker(poll_seconds=0.5) as worker:
        await until(lambda: is_idle(engine))
        async with await psycopg.AsyncConnection.connect(engine.url, autocommit=True) as connection:
            cursor = await connection.execute("select pg_get_functiondef('interlock.start_one_plain'::regproc)")
            [(definition,)] = await cursor.fetchall()
            before, notify, after = definition.partition("pg_notify('workflow_changes', 'offer ' || v_worker)")
            assert notify
            await connection.execute((before + "''" + after).encode())
        [ended] = await engine.ended(*await engine.start("chain", {"n": 1}))
    assert ended["output"] == {"a": {"n": 1}}
    assert worker.statistics.completed == 1
    assert await engine.one(CLAIMED) == 1


async def test_notifications_about_old_offers_begin_nothing_twice(engine: Engine) -> None:
    await engine.deploy("gates", {"a": "GATE"})
    async with engine.worker(poll_seconds=0.05) as worker:
        await until(lambda: is_idle(engine))
        [execution] = await engine.start("gates", {})
        await until(lambda: len(engine.nodes.gate.came) == 1)
        for payload in (f"offer {worker.worker_id}", "offer ", "offer nobody", "offer 00000000-0000-0000-0000-000000000000", "{}"):
            await notify(engine, payload)
        exchanges = worker.exchange_count
        await until(lambda: worker.exchange_count >= exchanges + 3)
        engine.nodes.gate.opened.set()
        await engine.ended(execution)
        await notify(engine, f"offer {worker.worker_id}")
        [other] = await engine.start("gates", {})
        await engine.ended(other)
    assert len(engine.nodes.gate.came) == 2


async def test_a_worker_that_does_not_listen_is_offered_nothing(engine: Engine) -> None:
    await engine.deploy("chain", {"a": "ECHO"})
    async with engine.worker(listen=False, poll_seconds=0.05) as worker:
        await until(lambda: worker.exchange_count > 3)
        await engine.ended(*await engine.start("chain", {}))
        assert await engine.one("select count(*) from interlock.exchanges where takes_offers") == 0
    assert await engine.one(CLAIMED) == 1


async def test_what_was_offered_to_a_draining_worker_is_executed_or_returned(engine: Engine) -> None:
    await engine.deploy("gates", {"a": "GATE"})
    async with engine.worker(poll_seconds=3600) as worker:
        await until(lambda: is_idle(engine))
        [held] = await engine.start("gates", {})
        await until(lambda: len(engine.nodes.gate.came) == 1)
        worker.stop()
        [other] = await engine.start("gates", {})
        engine.nodes.gate.opened.set()
        await engine.ended(held)
    async with engine.worker():
        await engine.ended(other)
    assert {row["outcome"] for row in await engine.attempts(other)} <= {"lost"}


FORK = {
    "name": "fork",
    "nodes": [
        {"id": "start", "type": "TRIGGER_NODE", "subtype": "MANUAL"},
        {"id": "a", "type": "TEST_NODE", "subtype": "ECHO"},
        {"id": "b", "type": "TEST_NODE", "subtype": "GATE"},
        {"id": "c", "type": "TEST_NODE", "subtype": "GATE"},
    ],
    "connections": [{"from": "start", "to": "a"}, {"from": "a", "to": "b"}, {"from": "a", "to": "c"}],
}


async def start_in_second_lane(engine: Engine, workflow: str) -> None:
    """Starts an execution whose results leave through the second lane of its worker."""
    async with await psycopg.AsyncConnection.connect(engine.url) as connection:
        while True:
            cursor = await connection.execute("select interlock.start_executions(%s, '[{}]') -> 0 ->> 'execution_id'", [workflow])
            [execution] = await cursor.fetchone() or [""]
            if int(execution[-1], 16) % 2:
                return
            await connection.rollback()


async def test_what_is_offered_to_a_worker_that_is_full_is_executed_by_another(engine: Engine) -> None:
    await engine.save(FORK)
    await engine.deploy("gates", {"a": "GATE"})
    async with engine.worker(queues={"default": 2}, poll_seconds=3600) as full:
        await until(lambda: is_idle(engine))
        await start_in_second_lane(engine, "fork")
        await until(lambda: len(engine.nodes.gate.came) == 2)
        assert full.held_count == 2
        async with engine.worker(listen=False, poll_seconds=0.05):
            await engine.start("gates", {})
            await until(lambda: len(engine.nodes.gate.came) == 3, seconds=10)
        engine.nodes.gate.opened.set()


async def test_a_worker_that_executes_what_it_was_offered_is_woken_for_more(engine: Engine) -> None:
    await engine.deploy("gates", {"a": "GATE"})
    async with engine.worker(poll_seconds=3600):
        await until(lambda: is_idle(engine))
        for _ in range(3):
            await engine.start("gates", {})
        await until(lambda: len(engine.nodes.gate.came) == 3, seconds=10)
        engine.nodes.gate.opened.set()


async def test_what_is_offered_to_a_draining_worker_is_executed_by_another(engine: Engine) -> None:
    await engine.deploy("gates", {"a": "GATE"})
    await engine.deploy("chain", {"a": "ECHO"})
    async with engine.worker(queues={"default": 5}, poll_seconds=3600) as draining:
        await until(lambda: is_idle(engine))
        await engine.start("gates", {})
        await until(lambda: len(engine.nodes.gate.came) == 1 and draining.held_count == 1)
        await engine.rows("update interlock.exchanges set offered_assignment_id = null, queues = '{default}' where lane = 0 returning lane")
        draining.stop()
        async with engine.worker(listen=False, poll_seconds=0.05) as other:
            await engine.ended(*await engine.start("chain", {}))
            assert (draining.statistics.completed, other.statistics.completed) == (0, 1)
        engine.nodes.gate.opened.set()
