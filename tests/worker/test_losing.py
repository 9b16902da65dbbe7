"""Heartbeats, revoked assignments, workers that were given up (D37, D56)."""

from tests.worker.engine import Engine, until
from tests.worker.proxy import Proxy


async def test_an_executor_that_blocks_does_not_lose_the_worker(engine: Engine) -> None:
    """A second worker ticks all the time, for longer than the lease, and takes nothing from the one whose executor blocks."""
    await engine.deploy("hang", {"a": "HANG"}, queue="blocking")
    async with engine.worker(queues={"blocking": 1}, lease_seconds=1) as worker, engine.worker(tick_seconds=0.05):
        [execution] = await engine.start("hang", {})
        await until(lambda: len(engine.nodes.hang.began) == 1)

        async def has_lived_for_two_leases() -> bool:
            lived = "select heartbeat_at - registered_at > interval '2 s' from interlock.workers where id = %s"
            return bool(await engine.one(lived, worker.worker_id))

        await until(has_lived_for_two_leases)
        engine.nodes.hang.let_go.set()
        [ended] = await engine.ended(execution)
    assert ended["status"] == "completed"
    assert (await engine.visit(execution, "a"))["loss_count"] == 0
    assert await engine.one("select count(*) from interlock.workers where status = 'lost'") == 0


async def test_d56_a_cancelled_execution_is_pushed_to_its_worker(engine: Engine) -> None:
    """D56: cancelled is never recorded as failed."""
    await engine.deploy("gates", {"a": "GATE"})
    async with engine.worker() as worker:
        started = await engine.start("gates", {}, {})
        await until(lambda: engine.nodes.gate.under_way == 2)
        await engine.control.cancel(started[0], "not wanted any more")
        await until(lambda: engine.nodes.gate.cancelled == [True])
        await until(lambda: worker.held_count == 1)
        engine.nodes.gate.opened.set()
        cancelled, completed = await engine.ended(*started)
    assert (cancelled["status"], completed["status"]) == ("cancelled", "completed")
    assert await engine.attempts(started[0]) == []


async def test_the_late_result_of_a_cancelled_assignment_changes_nothing(engine: Engine) -> None:
    await engine.deploy("stubborn", {"a": "STUBBORN", "b": "ECHO"})
    async with engine.worker() as worker:
        [execution] = await engine.start("stubborn", {})
        await until(lambda: len(engine.nodes.stubborn.came) == 1)
        await engine.control.cancel(execution)
        await until(lambda: engine.nodes.stubborn.cancelled == [True])
        engine.nodes.stubborn.opened.set()
        await until(lambda: worker.held_count == 0)
        await engine.deploy("chain", {"a": "ECHO"})
        await engine.ended(*await engine.start("chain", {}))
    assert (await engine.execution(execution))["status"] == "cancelled"


async def test_a_lost_worker_drops_its_work_takes_a_new_id_and_goes_on(engine: Engine, proxy: Proxy) -> None:
    """What it reports afterwards does not count; the worker that claims the work next does it."""
    await engine.deploy("gates", {"a": "GATE"})
    async with engine.worker(database_url=proxy.url, lease_seconds=2, heartbeat_seconds=0.2) as worker:
        first_id = worker.worker_id
        started = await engine.start("gates", {}, {})
        await until(lambda: engine.nodes.gate.under_way == 2)
        proxy.cut()

        async def is_lost() -> bool:
            await engine.control.tick()
            return bool(await engine.one("select status = 'lost' from interlock.workers where id = %s", first_id))

        await until(is_lost)
        proxy.restore()
        await until(lambda: worker.worker_id != first_id)
        await until(lambda: len(engine.nodes.gate.cancelled) == 2)
        engine.nodes.gate.opened.set()
        ended = await engine.ended(*started)
    assert {execution["status"] for execution in ended} == {"completed"}
    for execution in started:
        assert [attempt["outcome"] for attempt in await engine.attempts(execution)] == ["lost"]


async def test_the_results_of_a_lost_worker_are_dropped(engine: Engine, proxy: Proxy) -> None:
    await engine.deploy("stubborn", {"a": "STUBBORN"})
    async with engine.worker(database_url=proxy.url, lease_seconds=2, heartbeat_seconds=0.2) as worker:
        first_id = worker.worker_id
        [execution] = await engine.start("stubborn", {})
        await until(lambda: len(engine.nodes.stubborn.came) == 1)
        proxy.cut()

        async def is_lost() -> bool:
            await engine.control.tick()
            return bool(await engine.one("select status = 'lost' from interlock.workers where id = %s", first_id))

        await until(is_lost)
        proxy.restore()
        await until(lambda: worker.worker_id != first_id and len(engine.nodes.stubborn.came) == 2)  # it has it again, as another
        engine.nodes.stubborn.opened.set()
        [ended] = await engine.ended(execution)
        await until(lambda: worker.held_count == 0)
    assert ended["status"] == "completed"


async def test_d37_a_heartbeat_that_fails_after_completion_is_no_error(engine: Engine, proxy: Proxy) -> None:
    await engine.deploy("gates", {"a": "GATE"})
    async with engine.worker(database_url=proxy.url, lease_seconds=30):
        [execution] = await engine.start("gates", {})
        await until(lambda: engine.nodes.gate.under_way == 1)
        engine.nodes.gate.opened.set()
        await engine.ended(execution)
        proxy.cut()
        await until(lambda: proxy.connections_refused >= 3)
        proxy.restore()
        await engine.ended(*await engine.start("gates", {}))
    assert (await engine.execution(execution))["status"] == "completed"
    assert await engine.attempts(execution) == []


async def test_d35_waiting_for_a_retry_holds_no_slot(engine: Engine) -> None:
    await engine.deploy("bad", {"a": {"subtype": "MISBEHAVE", "retry": {"max_attempts": 2, "initial_seconds": 60}}})
    async with engine.worker(queues={"default": 1}) as worker:
        [waiting] = await engine.start("bad", {"how": "retryable"})

        async def has_failed_once() -> bool:
            return len(await engine.attempts(waiting)) == 1

        await until(has_failed_once)
        await until(lambda: worker.held_count == 0)
        [other] = await engine.ended(*await engine.start("bad", {"how": "well"}))
        visit = await engine.visit(waiting, "a")
    assert other["status"] == "completed"
    assert (visit["status"], visit["worker_id"]) == ("pending", None)
