"""Starting executions in batches: how many a second one client enqueues, each up to its first pending node."""

import time
from dataclasses import dataclass

from benchmarks.bench import Bench
from benchmarks.measuring.counters import read_counters
from benchmarks.measuring.outcome import Better, Outcome
from benchmarks.measuring.report import table
from benchmarks.workload.definitions import chain, inputs
from benchmarks.workload.drain import per_node
from benchmarks.workload.product import Product, installed

MOST = 20_000
CALLS = 200
BATCHES = (1, 10, 100, 1000)
TARGET = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """Executions a second, and what one of them cost."""

    rate: float
    cpu_us: float | None
    wal_bytes: float


async def run(bench: Bench) -> Outcome:
    bench.say("starting executions in batches")
    async with installed(bench.server, "starting", chain(10)) as product:
        started = {batch: await start(product, batch) for batch in BATCHES}
    largest = max(BATCHES)
    rows = [(batch, found.rate, found.cpu_us) for batch, found in started.items()]
    return Outcome(
        name="starting",
        figure=started[largest].rate,
        unit="executions/s",
        better=Better.MORE,
        target=TARGET,
        settings={"executions": MOST, "batch": largest, "clients": 1},
        details={
            "by_batch": {str(batch): found.rate for batch, found in started.items()},
            "database_cpu_us_per_execution": started[largest].cpu_us,
            "wal_bytes_per_execution": started[largest].wal_bytes,
        },
        tables=(table("Starting executions", "in one call", "executions/s", "CPU of PostgreSQL, µs each", rows=rows),),
    )


async def start(product: Product, batch: int) -> Started:
    executions = inputs(min(MOST, batch * CALLS))
    before, cpu_before = await read_counters(product.connection), product.server.cpu_seconds()
    begun = time.perf_counter()
    await product.start("chain of 10", executions, batch=batch)
    seconds = time.perf_counter() - begun
    spent, cpu_after = (await read_counters(product.connection)).since(before), product.server.cpu_seconds()
    count = len(executions)
    return Started(rate=count / seconds, cpu_us=per_node(cpu_before, cpu_after, count), wal_bytes=spent.wal_bytes / count)
