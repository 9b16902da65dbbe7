"""Idle: what 10 workers without work ask of the database, and of the processor."""

import asyncio

from benchmarks.bench import Bench
from benchmarks.measuring.counters import read_counters
from benchmarks.measuring.outcome import Better, Outcome
from benchmarks.measuring.report import table
from benchmarks.workload.definitions import chain
from benchmarks.workload.product import installed

WORKERS = 10
SETTLE_SECONDS = 4
SECONDS = 20


async def run(bench: Bench) -> Outcome:
    bench.say(f"{WORKERS} workers with nothing to do, for {SECONDS} s")
    async with installed(bench.server, "idle", chain(1)) as product, product.workers(WORKERS) as workers:
        await asyncio.sleep(SETTLE_SECONDS)
        before, database_before, workers_before = (
            await read_counters(product.connection),
            bench.server.cpu_seconds(),
            [worker.cpu_seconds() for worker in workers],
        )
        await asyncio.sleep(SECONDS)
        workers_after, database_after = [worker.cpu_seconds() for worker in workers], bench.server.cpu_seconds()
        spent = (await read_counters(product.connection)).since(before)
        connections = await product.one(
            "select count(*) from pg_stat_activity where datname = current_database() and application_name like 'interlock%'"
        )
    counted = spent.commits if spent.statements is None else spent.statements
    database_cpu = None if database_before is None or database_after is None else (database_after - database_before) / SECONDS
    seconds_of_workers = [
        after - before for before, after in zip(workers_before, workers_after, strict=True) if before is not None and after is not None
    ]
    worker_cpu = sum(seconds_of_workers) / SECONDS if seconds_of_workers else None
    rows = (
        ("statements a second", counted / SECONDS),
        ("transactions a second", spent.commits / SECONDS),
        ("WAL, bytes a second", spent.wal_bytes / SECONDS),
        ("CPU of PostgreSQL, share of a core", database_cpu),
        ("CPU of all workers, share of a core", worker_cpu),
        ("connections", connections),
    )
    return Outcome(
        name="idle",
        figure=counted / SECONDS,
        unit="statements/s",
        better=Better.LESS,
        target=None,
        settings={"workers": WORKERS, "seconds": SECONDS, "counted_by": "pg_stat_database" if spent.statements is None else "pg_stat_statements"},
        details={
            "transactions_per_second": spent.commits / SECONDS,
            "wal_bytes_per_second": spent.wal_bytes / SECONDS,
            "database_cores": database_cpu,
            "worker_cores": worker_cpu,
            "connections": connections,
        },
        tables=(table(f"{WORKERS} idle workers", "", "", rows=rows),),
        notes=("Workers send each statement as a transaction of its own; without pg_stat_statements the transactions are counted.",),
    )
