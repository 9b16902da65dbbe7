"""Woken by NOTIFY, with polling behind it (D53), also where a pooler swallows every notification (D54)."""

import pytest

from interlock.controlplane.listener import ListenerState
from tests.worker.engine import Engine, connection_count, terminate_workers, until
from tests.worker.turned_clock import TurnedClock


async def test_an_idle_worker_is_woken_at_once(engine: Engine) -> None:
    await engine.deploy("chain", {"a": "ECHO"})
    async with engine.worker(poll_seconds=3600) as worker:  # nothing else would bring it to its work while the test lasts
        await until(lambda: worker.listener_state is ListenerState.LISTENING)
        for _ in range(3):
            await engine.ended(*await engine.start("chain", {}))


async def test_d53_a_worker_that_does_not_listen_polls(engine: Engine) -> None:
    await engine.deploy("chain", {"a": "ECHO"})
    async with engine.worker(listen=False, poll_seconds=0.2) as worker:
        assert worker.listener_state is ListenerState.CONNECTING
        await engine.ended(*await engine.start("chain", {}))
        await engine.ended(*await engine.start("chain", {}))
        assert await connection_count(engine) <= 4


async def test_d53_a_listener_that_reconnects_looks_for_missed_work(engine: Engine) -> None:
    await engine.deploy("chain", {"a": "ECHO"})
    async with engine.worker(poll_seconds=30) as worker:
        await until(lambda: worker.listener_state is ListenerState.LISTENING)
        for _ in range(3):
            assert await terminate_workers(engine, "listener") == 1
            await engine.ended(*await engine.start("chain", {}))  # its notification may go to nobody
            await until(lambda: worker.listener_state is ListenerState.LISTENING)


async def test_d54_behind_a_pooler_in_transaction_mode_the_worker_polls(engine: Engine, pooled_url: str) -> None:
    await engine.deploy("chain", {f"n{number}": "ECHO" for number in range(4)})
    async with engine.worker(database_url=pooled_url, probe_answer_seconds=0.3) as worker:
        ended = await engine.ended(*await engine.start("chain", *({"n": number} for number in range(200))))
        await until(lambda: worker.listener_state is ListenerState.GIVEN_UP)
        ended += await engine.ended(*await engine.start("chain", *({"n": number} for number in range(50))))
        more = await engine.ended(*await engine.start("chain", {"n": 1}))
    assert {execution["status"] for execution in ended + more} == {"completed"}


async def test_d54_two_workers_behind_a_pooler_do_nothing_twice(engine: Engine, pooled_url: str) -> None:
    await engine.deploy("gates", {"a": "GATE", "b": "GATE"})
    engine.nodes.gate.opened.set()
    async with engine.worker(database_url=pooled_url, listen=False), engine.worker(database_url=pooled_url, listen=False):
        ended = await engine.ended(*await engine.start("gates", *({"n": number} for number in range(150))))
    assert {execution["status"] for execution in ended} == {"completed"}
    assert len(engine.nodes.gate.came) == 300


async def test_work_that_waits_for_a_full_queue_does_not_keep_the_worker_asking(engine: Engine) -> None:
    """It asks only when it polls, although the database says each time that something is due."""
    await engine.deploy("gates", {"a": "GATE"}, queue="narrow")
    clock = TurnedClock()

    async def until_idle() -> None:
        """The exchange, the ticker and the watch over executors wait."""
        await until(lambda: clock.waiting == 3)

    async with engine.worker(queues={"narrow": 1, "default": 5}, poll_seconds=0.25, tick_seconds=3600, clock=clock, listen=False) as worker:
        await engine.start("gates", *({} for _ in range(5)))
        await until_idle()
        clock.turn(0.25)
        await until(lambda: engine.nodes.gate.under_way == 1)
        await until_idle()
        clock.turn(0.25)  # the second look after a claim
        await until_idle()
        before = worker.exchange_count
        for turns in range(1, 5):
            clock.turn(0.25)
            await until(lambda turns=turns: worker.exchange_count >= before + turns)  # type: ignore[misc]
            await until_idle()
        assert worker.exchange_count == before + 4


@pytest.mark.parametrize("exchanges_in_flight", [1, 2])
async def test_an_idle_worker_needs_one_exchange_for_each_step(engine: Engine, exchanges_in_flight: int) -> None:
    """It reports at once and polls nothing in between: the exchange that reports a node of a chain claims the next one."""
    await engine.deploy("chain", {f"n{number}": "ECHO" for number in range(10)})
    async with engine.worker(poll_seconds=30, exchanges_in_flight=exchanges_in_flight) as worker:
        await until(lambda: worker.listener_state is ListenerState.LISTENING)
        await engine.ended(*await engine.start("chain", {}))
        [execution] = await engine.start("chain", {})
        await engine.ended(execution)
    requests = await engine.rows(
        "select claim_request as number from interlock.assignments where execution_id = %s and claim_request is not null", execution
    )
    numbers = [row["number"] for row in requests]
    handed_over = sorted(number for number in numbers if number % 2 == execution.int % exchanges_in_flight)
    assert len(handed_over) >= 9  # the first visit may be offered, or claimed in the other lane
    assert handed_over == list(range(handed_over[0], handed_over[0] + 2 * len(handed_over), 2))
