"""Memory of a worker process: with 1 assignment at work, and with 1,000 at once."""

import asyncio

from benchmarks.bench import Bench
from benchmarks.measuring.cpu import peak_resident_bytes, resident_bytes
from benchmarks.measuring.outcome import Better, Outcome
from benchmarks.measuring.report import table
from benchmarks.workload.definitions import chain, inputs
from benchmarks.workload.product import Product, installed

CONCURRENT = (1, 1000)
PAUSE_SECONDS = 4.0
TARGET_MIB = 150
MIB = 2**20
RUNNING = "select count(*) from interlock.assignments where status = 'running'"


async def run(bench: Bench) -> Outcome:
    bench.say(f"a worker with {CONCURRENT[-1]:,} assignments at once")
    workflow = chain(1, "BENCH_PAUSE", name="pause", seconds=PAUSE_SECONDS)
    async with installed(bench.server, "memory", workflow) as product:
        resident = {concurrent: await resident_with(product, concurrent) for concurrent in CONCURRENT}
    most = CONCURRENT[-1]
    rows = [(f"{concurrent:,}", now, peak) for concurrent, (now, peak) in resident.items()]
    return Outcome(
        name="memory",
        figure=resident[most][1],
        unit="MiB",
        better=Better.LESS,
        target=TARGET_MIB,
        settings={"concurrent": most, "workers": 1},
        details={f"resident_mib_at_{concurrent}": now for concurrent, (now, _) in resident.items()},
        tables=(table("Resident memory of a worker", "assignments at once", "MiB", "peak, MiB", rows=rows),),
    )


async def resident_with(product: Product, concurrent: int) -> tuple[float, float]:
    """Memory while so many assignments are running, and the most until they have ended, in MiB."""
    async with product.worker(slots=concurrent) as worker:
        await product.start("pause", inputs(concurrent))
        while await product.one(RUNNING) < concurrent:  # noqa: ASYNC110 - the fact is in the database
            await asyncio.sleep(0.05)
        now = resident_bytes(worker.pid)
        await product.all_ended()
        peak = peak_resident_bytes(worker.pid)
    await product.only_completed()
    assert now is not None, "memory is read from /proc, which this system has not"
    assert peak is not None
    return now / MIB, peak / MIB
