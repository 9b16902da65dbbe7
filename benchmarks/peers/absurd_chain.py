"""Absurd (Python): throughput of a task of 10 steps, spawned before, taken by one process.

A client has one connection, so several asynchronous workers run in the one process, each with a client and tasks side by side: that was the fastest
of what its documentation offers (synchronous or asynchronous, `concurrency`, number of workers).
"""

import asyncio
import json
import sys
import time
from typing import Any

import psycopg
from absurd_schema import install_schema
from absurd_sdk import Absurd, AsyncAbsurd, AsyncTaskContext

settings = json.loads(sys.argv[1])
url: str = settings["url"]
executions: int = settings["executions"]


async def chain(params: dict[str, int], context: AsyncTaskContext) -> Any:
    value = params["value"]
    for number in range(10):
        value = await context.step(f"step-{number}", lambda value=value: increment(value))
    return {"value": value}


async def increment(value: int) -> int:
    return value + 1


def set_up() -> None:
    install_schema(url)
    client = Absurd(url)
    client.create_queue("default")
    for number in range(executions):
        client.spawn("chain", {"value": number}, queue="default")
    client.close()


async def run() -> float:
    clients = [AsyncAbsurd(url) for _ in range(settings["workers"])]
    for client in clients:
        client.register_task("chain")(chain)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as observer:
        started = time.perf_counter()
        workers = [
            asyncio.create_task(client.start_worker(worker_id=f"worker-{number}", concurrency=settings["concurrency"], poll_interval=0.02))
            for number, client in enumerate(clients)
        ]
        while await open_tasks(observer):  # noqa: ASYNC110 - the fact is in the database
            await asyncio.sleep(0.05)
        seconds = time.perf_counter() - started
    for client in clients:
        client.stop_worker()
    await asyncio.gather(*workers)
    for client in clients:
        await client.close()
    return seconds


async def open_tasks(observer: "psycopg.AsyncConnection[Any]") -> int:
    row = await (await observer.execute("select count(*) from absurd.t_default where state <> 'completed'")).fetchone()
    return int(row[0])


set_up()
seconds = asyncio.run(run())
print("result", json.dumps({"steps_per_second": executions * 10 / seconds, "seconds": seconds}))
