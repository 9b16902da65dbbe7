"""Starting executions in batches: how many a second one client enqueues, each up to its first pending node."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.bench import Bench
from benchmarks.measuring.counters import read_counters
from benchmarks.measuring.outcome import Better, Outcome
from benchmarks.measuring.quantiles import quantile
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
    """Executions a second, what a call took, and what one execution cost."""

    rate: float
    call_seconds: Sequence[float]
    cpu_us: float | None
    wal_bytes: float


async def run(bench: Bench) -> Outcome:
    bench.say("starting executions in batches")
    async with installed(bench.server, "starting", chain(10)) as product:
        started = {batch: await start(product, batch) for batch in BATCHES}
    largest = max(BATCHES)
    rows = [(batch, found.rate, found.cpu_us, *milliseconds(found).values()) for batch, found in started.items()]
    return Outcome(
        name="starting",
        figure=started[largest].rate,
        unit="executions/s",
        better=Better.MORE,
        target=TARGET,
        settings={"executions": MOST, "batch": largest, "clients": 1},
        details={
            "by_batch": {str(batch): found.rate for batch, found in started.items()},
            "calls": {str(batch): milliseconds(found) for batch, found in started.items()},
            "database_cpu_us_per_execution": started[largest].cpu_us,
            "wal_bytes_per_execution": started[largest].wal_bytes,
        },
        tables=(
            table(
                "Starting executions",
                "in one call",
                "executions/s",
                "CPU of PostgreSQL, µs each",
                "calls",
                "p50, ms",
                "p99, ms",
                "longest, ms",
                rows=rows,
            ),
        ),
    )


def milliseconds(started: Started) -> dict[str, float]:
    """Of 20 calls with 1,000 executions each, p99 is the longest one."""
    calls = started.call_seconds
    quantiles = (quantile(calls, 0.5) * 1000, quantile(calls, 0.99) * 1000, max(calls) * 1000)
    return {"calls": len(calls), **dict(zip(("p50_ms", "p99_ms", "longest_ms"), quantiles, strict=True))}


async def start(product: Product, batch: int) -> Started:
    executions = inputs(min(MOST, batch * CALLS))
    before, cpu_before = await read_counters(product.connection), product.server.cpu_seconds()
    call_seconds = []
    for first in range(0, len(executions), batch):
        begun = time.perf_counter()
        await product.start("chain of 10", executions[first : first + batch], batch=batch)
        call_seconds.append(time.perf_counter() - begun)
    seconds = sum(call_seconds)
    spent, cpu_after = (await read_counters(product.connection)).since(before), product.server.cpu_seconds()
    count = len(executions)
    return Started(rate=count / seconds, call_seconds=call_seconds, cpu_us=per_node(cpu_before, cpu_after, count), wal_bytes=spent.wal_bytes / count)
