"""Working off what was enqueued before, with one worker process or several, and what that cost."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from benchmarks.measuring.counters import Counters, read_counters
from benchmarks.measuring.cpu import busy_shares, read_cores
from benchmarks.measuring.quantiles import quantile
from benchmarks.measuring.report import table
from benchmarks.workload.product import Product, WorkerProcess


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """`seconds` is from the first claim to the last end by the database's clock, `wall_seconds` from the workers' start of work to the end as seen.

    CPU is of the whole run of the workers after their imports, in microseconds a node; None where it cannot be read.

    Attributes:
        exchange_seconds: what each exchange of the workers took, their first and last empty ones included.
        autovacuums: how often autovacuum worked on a table of Interlock meanwhile.
        busy_cores: the share of `wall_seconds` that each core of the machine was busy, whoever used it.
    """

    nodes: int
    seconds: float
    wall_seconds: float
    database_us: float | None
    worker_us: float | None
    counters: Counters
    exchange_seconds: Sequence[float]
    autovacuums: int
    busy_cores: Sequence[float] | None

    @property
    def nodes_per_second(self) -> float:
        return self.nodes / self.seconds

    @property
    def cpu_us(self) -> float | None:
        """CPU of PostgreSQL and of the workers together."""
        return None if self.database_us is None or self.worker_us is None else self.database_us + self.worker_us

    @property
    def used_cores(self) -> float | None:
        """The share of all cores that PostgreSQL and the workers used: what is missing to `busy_cores` others used."""
        if self.cpu_us is None or self.busy_cores is None:
            return None
        return self.cpu_us * self.nodes / 1e6 / self.wall_seconds / len(self.busy_cores)

    def details(self) -> dict[str, Any]:
        return {
            "seconds": self.seconds,
            "wall_seconds": self.wall_seconds,
            "database_cpu_us_per_node": self.database_us,
            "worker_cpu_us_per_node": self.worker_us,
            "commits_per_node": self.counters.commits / self.nodes,
            "wal_bytes_per_node": self.counters.wal_bytes / self.nodes,
            **self.exchange_details(),
        }

    def exchange_details(self) -> dict[str, Any]:
        return {**exchange_milliseconds(self.exchange_seconds), "autovacuums": self.autovacuums}

    def cpu_table(self) -> Table:
        rows = (
            ("CPU of PostgreSQL, µs", self.database_us),
            ("CPU of the worker (Python), µs", self.worker_us),
            ("commits", self.counters.commits / self.nodes),
            ("WAL, bytes", self.counters.wal_bytes / self.nodes),
        )
        return table("Interlock: what a node costs", "", "per node", rows=rows)


def exchange_milliseconds(exchange_seconds: Sequence[float]) -> dict[str, Any]:
    return {
        "exchanges": len(exchange_seconds),
        "exchange_p50_ms": quantile(exchange_seconds, 0.5) * 1000,
        "exchange_p99_ms": quantile(exchange_seconds, 0.99) * 1000,
        "exchange_longest_ms": max(exchange_seconds) * 1000,
    }


def exchange_table(quiet: Drain, vacuumed: Drain) -> Table:
    """The exchanges of a drain, and of one whose tables were vacuumed all the time."""
    rows = [
        (name, *each.exchange_details().values(), each.nodes_per_second)
        for name, each in (("as it comes", quiet), ("vacuumed twice a second", vacuumed))
    ]
    return table("Interlock: exchanges of the worker, ms", "", "count", "p50", "p99", "longest", "autovacuums", "nodes/s", rows=rows)


SPAN = """
select extract(epoch from (select max(ended_at) from interlock.executions) - min(started_at))::float8
from interlock.assignments where worker_id is not null and started_at >= %s
"""


async def drain(product: Product, nodes: int, *, slots: int, workers: int = 1) -> Drain:
    """Run workers until every execution has ended; all must have completed. `slots` is of each worker."""
    before, since, vacuums = await read_counters(product.connection), await product.one("select clock_timestamp()"), await product.autovacuums()
    async with product.workers(workers, slots) as processes:
        server_before, workers_before, cores_before = product.server.cpu_seconds(), cpu_of(processes), read_cores()
        started = time.perf_counter()
        await product.all_ended()
        wall_seconds = time.perf_counter() - started
        server_after, workers_after, cores_after = product.server.cpu_seconds(), cpu_of(processes), read_cores()
    await asyncio.sleep(0.1)
    await product.only_completed()
    seconds = await product.one(SPAN, since)
    return Drain(
        nodes=nodes,
        seconds=seconds,
        wall_seconds=wall_seconds,
        database_us=per_node(server_before, server_after, nodes),
        worker_us=per_node(workers_before, workers_after, nodes),
        counters=(await read_counters(product.connection)).since(before),
        exchange_seconds=[taken for process in processes for taken in process.exchange_seconds],
        autovacuums=await product.autovacuums() - vacuums,
        busy_cores=busy_shares(cores_before, cores_after),
    )


def cpu_of(processes: Sequence[WorkerProcess]) -> float | None:
    seconds = [process.cpu_seconds() for process in processes]
    known = [each for each in seconds if each is not None]
    return sum(known) if len(known) == len(seconds) else None


def per_node(before: float | None, after: float | None, nodes: int) -> float | None:
    return None if before is None or after is None else (after - before) / nodes * 1e6
