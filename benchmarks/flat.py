"""Flat: what an execution costs with 10³ to 10⁶ finished ones in the tables, and once more while one old snapshot is held open."""

import time
from dataclasses import dataclass

import psycopg

from benchmarks.bench import Bench
from benchmarks.measuring.outcome import Better, Outcome
from benchmarks.measuring.report import table
from benchmarks.workload.definitions import chain, inputs
from benchmarks.workload.drain import Drain, drain
from benchmarks.workload.finished import add_finished
from benchmarks.workload.product import Product, installed
from benchmarks.workload.sizes import vacuum_seconds

NODES = 3
WORKFLOW = f"chain of {NODES}"
FINISHED = (1_000, 10_000, 100_000, 1_000_000)
EXECUTIONS = 1000
ROUNDS_WITH_SNAPSHOT = 4
TARGET = 1.5  # how much more an execution may cost in the fullest tables than in the emptiest


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One point of the curve."""

    label: str
    finished: int
    drained: Drain

    @property
    def milliseconds(self) -> float:
        """Of one execution, when many are worked off."""
        return self.drained.seconds / EXECUTIONS * 1000

    def row(self) -> tuple[object, ...]:
        database = self.drained.database_us
        return (self.label, self.milliseconds, self.drained.nodes_per_second, None if database is None else database * NODES / 1000)


async def run(bench: Bench) -> Outcome:
    sizes, points, filled = FINISHED, [], {}
    async with installed(bench.server, "flat", chain(NODES)) as product:
        await measure(product)  # warms the server up, and gives the model of the copies
        model = str(await product.one("select id from interlock.executions limit 1"))
        for size in sizes:
            bench.say(f"filling up to {size:,} finished executions")
            started = time.perf_counter()
            finished = await product.one("select count(*) from interlock.executions")
            await add_finished(product, model, max(0, size - finished))
            filled[size] = time.perf_counter() - started
            await settle(product)
            points.append(Point(label=f"{size:,}", finished=size, drained=await measure(product)))
        bench.say("once more, with an old snapshot held open")
        with psycopg.connect(product.url) as holder:
            holder.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            holder.execute("select count(*) from interlock.workflows")
            for number in range(1, ROUNDS_WITH_SNAPSHOT + 1):
                label = f"{sizes[-1]:,}, old snapshot, after {number * EXECUTIONS * NODES:,} nodes"
                points.append(Point(label=label, finished=sizes[-1], drained=await measure(product)))
    first, last, held = points[0], points[len(sizes) - 1], points[-1]
    return Outcome(
        name="flat",
        figure=last.milliseconds / first.milliseconds,
        unit=f"times the cost at {sizes[0]:,}",
        better=Better.LESS,
        target=TARGET,
        settings={"finished": list(sizes), "nodes": NODES, "executions": EXECUTIONS, "workers": 1},
        details={
            "milliseconds_per_execution": {point.label: point.milliseconds for point in points},
            "with_old_snapshot_times": held.milliseconds / first.milliseconds,
            "fill_seconds": {str(size): seconds for size, seconds in filled.items()},
        },
        tables=(
            table(
                f"An execution of {NODES} nodes, {EXECUTIONS:,} worked off",
                *("finished executions in the tables", "ms", "nodes/s", "CPU of PostgreSQL, ms"),
                rows=[point.row() for point in points],
            ),
        ),
    )


async def settle(product: Product) -> None:
    """Do at once what would fall into the measuring otherwise, as it follows on any such load: vacuum (without analyse) and a checkpoint."""
    await vacuum_seconds(product)
    await product.connection.execute("checkpoint")


async def measure(product: Product) -> Drain:
    await product.start(WORKFLOW, inputs(EXECUTIONS))
    return await drain(product, EXECUTIONS * NODES, slots=500)
