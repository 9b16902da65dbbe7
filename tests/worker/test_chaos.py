"""Several workers, and everything breaks all the time: each execution ends once."""

import asyncio
import random
from typing import Any

from tests.worker.engine import Engine, terminate_workers
from tests.worker.proxy import Proxy

BREAKING_SECONDS = 4.0


async def test_three_workers_on_failing_networks_do_everything_once(engine: Engine, proxy: Proxy) -> None:
    """Replies are lost, connections end and the network fails. Leases are long, so no worker is given up and nothing is done twice."""
    await engine.deploy("chain", {"a": "GATE", "b": "ECHO", "c": "GATE", "d": "ECHO"})
    engine.nodes.gate.opened.set()
    chance = random.Random(11)
    breaking = True

    async def break_things() -> None:
        until_then = asyncio.get_running_loop().time() + BREAKING_SECONDS
        while breaking and asyncio.get_running_loop().time() < until_then:
            match chance.randrange(3):
                case 0:
                    proxy.lose_reply_to(b"interlock_exchange")
                case 1:
                    await terminate_workers(engine, chance.choice(["exchange", "heartbeat", "listener", "shared", "%"]))
                case _:
                    proxy.cut()
                    await asyncio.sleep(chance.random() / 20)
                    proxy.restore()
            await asyncio.sleep(0.05 + chance.random() / 10)

    settings: dict[str, Any] = {"database_url": proxy.url, "lease_seconds": 60, "queues": {"default": 8}}
    async with engine.worker(**settings), engine.worker(**settings), engine.worker(**settings):
        breaker = asyncio.create_task(break_things())
        started = await engine.start("chain", *({"n": number} for number in range(400)))
        ended = await engine.ended(*started, seconds=180)
        breaking = False
        await breaker
    assert [execution["output"] for execution in ended] == [{"d": {"n": number}} for number in range(400)]
    assert len(engine.nodes.gate.came) == 800
    assert await engine.one("select count(*) from interlock.assignments where status <> 'completed'") == 0
    assert await engine.one("select count(*) from interlock.assignment_attempts") == 0
