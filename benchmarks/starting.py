"""Starting executions in batches: how many a second one client enqueues, each up to its first pending node."""

import time

from benchmarks.bench import Bench
from benchmarks.measuring.counters import read_counters
from benchmarks.measuring.outcome import Better, Outcome
from benchmarks.measuring.report import table
from benchmarks.workload.definitions import chain, inputs
from benchmarks.workload.product import installed

EXECUTIONS = 20_000
BATCHES = (1, 10, 100, 1000)
TARGET = 10_000


async def run(bench: Bench) -> Outcome:
    bench.say("starting executions in batches")
    rates = {}
    async with installed(bench.server, "starting", chain(10)) as product:
        for batch in BATCHES:
            count = min(EXECUTIONS, batch * 200)
            executions = inputs(count)
            before, cpu_before = await read_counters(product.connection), bench.server.cpu_seconds()
            started = time.perf_counter()
            await product.start("chain of 10", executions, batch=batch)
            rates[batch] = count / (time.perf_counter() - started)
            spent, cpu_after = (await read_counters(product.connection)).since(before), bench.server.cpu_seconds()
    largest = max(BATCHES)
    cpu = None if cpu_before is None or cpu_after is None else (cpu_after - cpu_before) / count * 1e6
    return Outcome(
        name="starting",
        figure=rates[largest],
        unit="executions/s",
        better=Better.MORE,
        target=TARGET,
        settings={"executions": EXECUTIONS, "batch": largest, "clients": 1},
        details={
            "by_batch": {str(batch): rate for batch, rate in rates.items()},
            "database_cpu_us_per_execution": cpu,
            "wal_bytes_per_execution": spent.wal_bytes / count,
        },
        tables=(table("Starting executions", "in one call", "executions/s", rows=rates.items()),),
    )
