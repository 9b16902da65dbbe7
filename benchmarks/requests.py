"""Starting executions over REST: 100 requests a second, while a worker runs the 1,000 nodes a second that they start."""

import asyncio
import time
from collections.abc import Sequence

import aiohttp

from benchmarks.bench import Bench
from benchmarks.measuring.cpu import process_seconds
from benchmarks.measuring.outcome import Better, Outcome
from benchmarks.measuring.quantiles import quantile
from benchmarks.measuring.report import table
from benchmarks.workload.api_process import ApiProcess, api_process
from benchmarks.workload.definitions import chain
from benchmarks.workload.product import Product, installed

PER_SECOND = 100
WARM_UP_SECONDS = 3
SECONDS = 20
NODES = 10
TARGET_MS = 25.0
CONNECTIONS = 20


async def run(bench: Bench) -> Outcome:
    bench.say(f"POST …/run {PER_SECOND} times a second for {SECONDS} s, each a chain of {NODES} nodes that a worker runs meanwhile")
    async with (
        installed(bench.server, "requests", chain(NODES)) as product,
        product.worker(slots=500),
        api_process(product) as api,
    ):
        await ask(api, WARM_UP_SECONDS * PER_SECOND)
        before = process_seconds(api.pid)
        began = await product.one("select clock_timestamp()")
        taken = await ask(api, SECONDS * PER_SECOND)
        after = process_seconds(api.pid)
        nodes_per_second = await nodes_ended_since(product, began) / SECONDS
        await product.all_ended()
        completed = await product.only_completed()
    assert completed == (WARM_UP_SECONDS + SECONDS) * PER_SECOND, f"{completed} executions completed"
    cpu_ms = None if before is None or after is None else (after - before) / len(taken) * 1000
    p50, p95, p99 = (quantile(taken, share) for share in (0.5, 0.95, 0.99))
    return Outcome(
        name="requests",
        figure=p99,
        unit=f"ms (p99, {PER_SECOND}/s)",
        better=Better.LESS,
        target=TARGET_MS,
        settings={
            "requests_per_second": PER_SECOND,
            "seconds": SECONDS,
            "nodes_per_execution": NODES,
            "connections": CONNECTIONS,
            "api_processes": 1,
        },
        details={"p50_ms": p50, "p95_ms": p95, "worst_ms": max(taken), "nodes_per_second": nodes_per_second, "api_cpu_ms_per_request": cpu_ms},
        tables=(
            table(
                "Starting an execution over REST, ms",
                "p50",
                "p95",
                "p99",
                "worst",
                "nodes/s meanwhile",
                "API's CPU a request",
                rows=[(p50, p95, p99, max(taken), nodes_per_second, cpu_ms)],
            ),
        ),
        notes=("Each request is due at its time and measured from then, answered or not the one before; all share the cores.",),
    )


async def ask(api: ApiProcess, count: int) -> list[float]:
    """Milliseconds from when each request was due until its answer."""
    async with aiohttp.ClientSession(api.url, headers=api.headers, connector=aiohttp.TCPConnector(limit=CONNECTIONS)) as client:
        began = time.perf_counter()
        tasks = []
        for number in range(count):
            due = began + number / PER_SECOND
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.append(asyncio.create_task(one(client, number, due)))
        taken: Sequence[float] = await asyncio.gather(*tasks)
    return list(taken)


async def one(client: aiohttp.ClientSession, number: int, due: float) -> float:
    async with client.post(f"/api/v1/workflows/chain of {NODES}/run", json={"input": {"number": number}}) as answer:
        text = await answer.text()
    taken = (time.perf_counter() - due) * 1000
    assert answer.status == 202, f"{answer.status}: {text}"
    return taken


async def nodes_ended_since(product: Product, began: object) -> int:
    return int(await product.one("select count(*) from interlock.assignments where ended_at >= %s and worker_id is not null", began))
