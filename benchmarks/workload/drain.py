"""Working off what was enqueued before, with one worker process, and what that cost."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from benchmarks.measuring.counters import Counters, read_counters
from benchmarks.measuring.report import table
from benchmarks.workload.product import Product


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """`seconds` is from the first claim to the last end by the database's clock, `wall_seconds` from the worker's start of work to the end as seen.

    CPU is of the whole run of the worker after its imports, in microseconds a node; None where it cannot be read.
    """

    nodes: int
    seconds: float
    wall_seconds: float
    database_us: float | None
    worker_us: float | None
    counters: Counters

    @property
    def nodes_per_second(self) -> float:
        return self.nodes / self.seconds

    def details(self) -> dict[str, Any]:
        return {
            "seconds": self.seconds,
            "wall_seconds": self.wall_seconds,
            "database_cpu_us_per_node": self.database_us,
            "worker_cpu_us_per_node": self.worker_us,
            "commits_per_node": self.counters.commits / self.nodes,
            "wal_bytes_per_node": self.counters.wal_bytes / self.nodes,
        }

    def cpu_table(self) -> Table:
        rows = (
            ("CPU of PostgreSQL, µs", self.database_us),
            ("CPU of the worker (Python), µs", self.worker_us),
            ("commits", self.counters.commits / self.nodes),
            ("WAL, bytes", self.counters.wal_bytes / self.nodes),
        )
        return table("Interlock: what a node costs", "", "per node", rows=rows)


SPAN = """
select extract(epoch from (select max(ended_at) from interlock.executions) - min(started_at))::float8
from interlock.assignments where worker_id is not null and started_at >= %s
"""


async def drain(product: Product, nodes: int, *, slots: int) -> Drain:
    """Run one worker until every execution has ended; all must have completed."""
    before, since = await read_counters(product.connection), await product.one("select clock_timestamp()")
    async with product.worker(slots) as worker:
        server_before, worker_before = product.server.cpu_seconds(), worker.cpu_seconds()
        started = time.perf_counter()
        await product.all_ended()
        wall_seconds = time.perf_counter() - started
        server_after, worker_after = product.server.cpu_seconds(), worker.cpu_seconds()
    await asyncio.sleep(0.1)
    await product.only_completed()
    seconds = await product.one(SPAN, since)
    return Drain(
        nodes=nodes,
        seconds=seconds,
        wall_seconds=wall_seconds,
        database_us=per_node(server_before, server_after, nodes),
        worker_us=per_node(worker_before, worker_after, nodes),
        counters=(await read_counters(product.connection)).since(before),
    )


def per_node(before: float | None, after: float | None, nodes: int) -> float | None:
    return None if before is None or after is None else (after - before) / nodes * 1e6
