"""Executors that block: their time still ends, the others go on, and a worker that cannot stop them is replaced (D46)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from interlock.worker import Worker, WornOutError
from tests.worker.engine import Engine, until
from tests.worker.executors import TestNodes

QUICKLY: dict[str, Any] = {"blocked_seconds": 0.2, "write_off_seconds": 0.2}
RETRY = {"max_attempts": 2, "initial_seconds": 0.05, "jitter": 0}


@pytest.fixture
async def nodes() -> AsyncIterator[TestNodes]:
    """Test executors. What hangs is let go when the test has ended."""
    made = TestNodes()
    yield made
    made.hang.let_go.set()


@pytest.mark.parametrize("how", ["call", "busy"])
async def test_an_executor_that_blocks_times_out_while_it_blocks(engine: Engine, how: str) -> None:
    """Both attempts time out and the execution fails as its policy says, while the first executor still blocks."""
    await engine.deploy("hang", {"a": {"subtype": "HANG", "timeout_seconds": 1, "retry": RETRY}})
    async with engine.worker(**QUICKLY):
        [execution] = await engine.ended(*await engine.start("hang", {"how": how}))
        assert engine.nodes.hang.ended == []
        attempts = await engine.attempts(execution["id"])
        assert engine.nodes.hang.began == [str(execution["id"])] * 2
        engine.nodes.hang.let_go.set()
    assert execution["status"] == "failed"
    assert [attempt["outcome"] for attempt in attempts] == ["timed_out", "timed_out"]


async def test_other_assignments_go_on_while_an_executor_blocks(engine: Engine) -> None:
    await engine.deploy("hang", {"a": "HANG"})
    await engine.deploy("chain", {"a": "ECHO", "b": "ECHO"})
    async with engine.worker(**QUICKLY):
        [hanging] = await engine.start("hang", {})
        await until(lambda: len(engine.nodes.hang.began) == 1)
        ended = await engine.ended(*await engine.start("chain", *({"n": number} for number in range(20))))
        assert {execution["status"] for execution in ended} == {"completed"}
        assert engine.nodes.hang.ended == []
        engine.nodes.hang.let_go.set()
        [execution] = await engine.ended(hanging)
    assert execution["output"] == {"a": {"late": True}}  # it had no timeout: its result counts


async def test_assignments_claimed_with_one_that_blocks_are_executed_in_another_thread(engine: Engine) -> None:
    await engine.deploy("hang", {"a": "HANG"})
    started = await engine.start("hang", {}, {"how": "well"}, {"how": "well"})
    async with engine.worker(**QUICKLY):
        await engine.ended(*started[1:])
        assert engine.nodes.hang.ended == []
        engine.nodes.hang.let_go.set()


async def test_assignments_begun_beside_one_that_blocks_are_handed_back_when_its_slot_is_written_off(engine: Engine) -> None:
    """It is neither an error nor a loss, and it goes no further in the loop that was blocked."""
    await engine.deploy("gates", {"a": "GATE"})
    await engine.deploy("hang", {"a": {"subtype": "HANG", "timeout_seconds": 1}})
    async with engine.worker(**QUICKLY):
        [innocent] = await engine.start("gates", {})
        await until(lambda: engine.nodes.gate.under_way == 1)
        [hanging] = await engine.start("hang", {})
        await engine.ended(hanging)
        await until(lambda: len(engine.nodes.gate.came) == 2)
        engine.nodes.gate.opened.set()
        [ended] = await engine.ended(innocent)
        assert engine.nodes.hang.ended == []
        engine.nodes.hang.let_go.set()
        await until(lambda: engine.nodes.gate.under_way == 0)
    assert ended["status"] == "completed"
    assert engine.nodes.gate.cancelled == [True]
    assert engine.nodes.gate.left == [str(innocent)]
    assert await engine.attempts(innocent) == []
    assert (await engine.visit(innocent, "a"))["loss_count"] == 0


async def test_an_executor_that_blocks_counts_against_the_limit_of_its_queue(engine: Engine) -> None:
    await engine.deploy("hang", {"a": "HANG"})
    await engine.deploy("gates", {"a": "GATE"})
    async with engine.worker(queues={"default": 3}, **QUICKLY):
        await engine.start("hang", {})
        await until(lambda: len(engine.nodes.hang.began) == 1)
        started = await engine.start("gates", *({} for _ in range(10)))
        await until(lambda: engine.nodes.gate.under_way == 2)
        engine.nodes.gate.opened.set()
        await engine.ended(*started)
        engine.nodes.hang.let_go.set()
    assert engine.nodes.gate.most_under_way == 2


async def test_cancelling_an_executor_that_blocks_frees_the_worker_of_it(engine: Engine) -> None:
    await engine.deploy("hang", {"a": "HANG"})
    async with engine.worker(**QUICKLY) as worker:
        [hanging] = await engine.start("hang", {})
        await until(lambda: len(engine.nodes.hang.began) == 1)
        await engine.control.cancel(hanging)
        await until(lambda: worker.held_count == 0)
        assert engine.nodes.hang.ended == []
        engine.nodes.hang.let_go.set()


async def test_a_worker_with_too_many_written_off_slots_drains_and_asks_to_be_replaced(engine: Engine) -> None:
    """The slots that are left finish what they hold; nothing new is claimed."""
    await engine.deploy("hang", {"a": {"subtype": "HANG", "timeout_seconds": 0.5}})
    await engine.deploy("gates", {"a": "GATE", "b": "ECHO"})
    worker = Worker(engine.settings(written_off_limit=2, **QUICKLY), engine.nodes.factory)
    running = asyncio.create_task(worker.run())
    await engine.ended(*await engine.start("hang", {}))
    [held] = await engine.start("gates", {})
    await until(lambda: engine.nodes.gate.under_way == 1)
    await engine.ended(*await engine.start("hang", {}))
    await until(lambda: worker.is_draining)
    engine.nodes.gate.opened.set()
    with pytest.raises(WornOutError):
        await asyncio.wait_for(running, 60)
    assert worker.has_left_threads
    assert (await engine.visit(held, "b"))["status"] == "pending"
    assert await engine.one("select status from interlock.workers") == "stopped"


async def test_a_worker_is_replaced_when_a_queue_has_no_slot_left(engine: Engine) -> None:
    await engine.deploy("hang", {"a": {"subtype": "HANG", "timeout_seconds": 0.5}})
    worker = Worker(engine.settings(queues={"default": 1}, **QUICKLY), engine.nodes.factory)
    running = asyncio.create_task(worker.run())
    await engine.start("hang", {})
    with pytest.raises(WornOutError):
        await asyncio.wait_for(running, 60)


async def test_a_worker_that_is_replaced_hands_back_what_does_not_end_in_time(engine: Engine) -> None:
    await engine.deploy("hang", {"a": {"subtype": "HANG", "timeout_seconds": 0.5}})
    await engine.deploy("gates", {"a": "GATE"})
    worker = Worker(engine.settings(written_off_limit=1, replace_seconds=0.5, **QUICKLY), engine.nodes.factory)
    running = asyncio.create_task(worker.run())
    await engine.start("hang", {})
    await until(lambda: len(engine.nodes.hang.began) == 1)
    [long] = await engine.start("gates", {})
    await until(lambda: engine.nodes.gate.under_way == 1)
    with pytest.raises(WornOutError):
        await asyncio.wait_for(running, 60)
    assert (await engine.visit(long, "a"))["status"] == "pending"


async def test_an_executor_that_blocks_for_a_moment_completes(engine: Engine) -> None:
    """An executor that blocks for a while and ends in time completes, and the worker goes on as before."""
    await engine.deploy("block", {"a": {"subtype": "BLOCK", "parameters": {"seconds": 0.7}}})
    await engine.deploy("chain", {"a": "ECHO"})
    async with engine.worker(**QUICKLY) as worker:
        for _ in range(2):
            blocked = await engine.start("block", {})
            ended = await engine.ended(*blocked, *await engine.start("chain", {}, {}))
            assert {execution["status"] for execution in ended} == {"completed"}
        await until(lambda: worker.held_count == 0)
    assert not worker.has_left_threads


@pytest.mark.parametrize(("subtype", "is_stopped"), [("GRIP", True), ("GRIP_APART", False)])
async def test_c_code_that_keeps_pythons_lock_stops_the_heartbeat_except_in_a_process_of_its_own(
    engine: Engine, connection: psycopg.AsyncConnection, subtype: str, is_stopped: bool
) -> None:
    """The database notes when the worker was heard of."""
    for statement in (
        "create table public.heard (at timestamptz)",
        """create function public.hear() returns trigger language plpgsql as $$
           begin insert into public.heard values (clock_timestamp()); return new; end $$""",
        "create trigger hear after update on interlock.workers for each row execute function public.hear()",
    ):
        await connection.execute(statement.encode())
    await engine.deploy("grip", {"a": {"subtype": subtype, "parameters": {"seconds": 4}}})
    async with engine.worker(heartbeat_seconds=0.1, lease_seconds=30):
        [ended] = await engine.ended(*await engine.start("grip", {}))
        assert ended["status"] == "completed"
        await asyncio.sleep(0.5)  # until the first heartbeat afterwards
    longest = await engine.one("select extract(epoch from max(gap)) from (select at - lag(at) over (order by at) as gap from public.heard) g")
    assert (longest > 3.5) is is_stopped, longest
