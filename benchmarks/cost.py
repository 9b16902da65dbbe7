"""Cost: bytes and commits of a node, under load and one at a time; how the tables have grown, and what vacuum does, after many nodes."""

import asyncio
from dataclasses import dataclass, replace

from rich.table import Table

from benchmarks.bench import Bench
from benchmarks.measuring.counters import Counters, read_counters
from benchmarks.measuring.outcome import Better, Outcome
from benchmarks.measuring.report import table
from benchmarks.measuring.statements import counting_server
from benchmarks.workload.definitions import chain, inputs
from benchmarks.workload.drain import drain, per_node
from benchmarks.workload.exchange_statements import ExchangeStatements, count_exchange_statements
from benchmarks.workload.product import Product, installed
from benchmarks.workload.sizes import Sizes, read_sizes, vacuum_seconds

NODES = 10
EXECUTIONS, EXECUTIONS_IN_FULL = 10_000, 100_000
SINGLE = 100
MIB = 2**20
SHOWN_CHARACTERS = 100


async def run(bench: Bench) -> Outcome:
    executions = EXECUTIONS_IN_FULL if bench.is_full else EXECUTIONS
    nodes = executions * NODES
    bench.say(f"{nodes:,} nodes under load, then {SINGLE * NODES:,} in executions one at a time")
    async with installed(bench.server, "cost", chain(NODES)) as product:
        empty = await read_sizes(product)
        await product.start(f"chain of {NODES}", inputs(executions))
        drained = await drain(product, nodes, slots=1000)
        grown = await read_sizes(product)
        seconds = await vacuum_seconds(product)
        vacuumed = await read_sizes(product)
        await vacuum_seconds(product, "full")
        packed = await read_sizes(product)
        single = await one_at_a_time(product)
    bench.say("the statements of an exchange, counted by a server that has loaded pg_stat_statements")
    async with counting_server(bench.folder / "counting") as counting:
        statements = await count_exchange_statements(counting)
    packed_bytes = (packed.total_bytes - empty.total_bytes) / nodes
    bloat = grown.total_bytes / packed.total_bytes
    rows = (
        ("table and index, as they stand, bytes", (grown.total_bytes - empty.total_bytes) / nodes, None),
        ("table and index, packed, bytes", packed_bytes, None),
        ("WAL, bytes", drained.counters.wal_bytes / nodes, single.counters.wal_bytes / (SINGLE * NODES)),
        ("commits", drained.counters.commits / nodes, single.counters.commits / (SINGLE * NODES)),
        ("CPU of PostgreSQL, µs", drained.database_us, single.database_us),
        ("CPU of the worker (Python), µs", drained.worker_us, single.worker_us),
    )
    return Outcome(
        name="cost",
        figure=(grown.total_bytes - empty.total_bytes) / nodes,
        unit="bytes/node",
        better=Better.LESS,
        target=None,
        settings={"executions": executions, "nodes": NODES, "workers": 1},
        details={
            "packed_bytes_per_node": packed_bytes,
            "wal_bytes_per_node": drained.counters.wal_bytes / nodes,
            "commits_per_node_under_load": drained.counters.commits / nodes,
            "commits_per_node_one_at_a_time": single.counters.commits / (SINGLE * NODES),
            "database_cpu_us_per_node": drained.database_us,
            "worker_cpu_us_per_node": drained.worker_us,
            "database_cpu_us_per_node_one_at_a_time": single.database_us,
            "worker_cpu_us_per_node_one_at_a_time": single.worker_us,
            "grown_to_times_packed": bloat,
            "vacuum_seconds": seconds,
            "nodes_per_second": drained.nodes_per_second,
            "statements_per_one_result_exchange": statements.per_exchange,
            "sent_statements_per_one_result_exchange": statements.sent_per_exchange,
            "statements_per_execution_of_one_node": statements.per_execution,
        },
        tables=(
            table("Per node", "", "under load", "one at a time", rows=rows),
            growth_table(nodes, grown, vacuumed, packed, seconds),
            statements_table(statements),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Single:
    """CPU in microseconds a node; None where it cannot be read."""

    counters: Counters
    database_us: float | None
    worker_us: float | None


async def one_at_a_time(product: Product) -> Single:
    """What executions one after the other need, with what the worker does beside; the benchmark's own looking is taken off."""
    async with product.worker(slots=100) as worker:
        await product.start(f"chain of {NODES}", inputs(1))
        await asyncio.sleep(3)
        before, looks = await read_counters(product.connection), 0
        server_before, worker_before = product.server.cpu_seconds(), worker.cpu_seconds()
        for execution in inputs(SINGLE):
            await product.start(f"chain of {NODES}", [execution])
            looks += await product.all_ended()
        server_after, worker_after = product.server.cpu_seconds(), worker.cpu_seconds()
    await product.only_completed()
    spent = (await read_counters(product.connection)).since(before)
    return Single(
        counters=replace(spent, commits=spent.commits - looks),
        database_us=per_node(server_before, server_after, SINGLE * NODES),
        worker_us=per_node(worker_before, worker_after, SINGLE * NODES),
    )


def statements_table(statements: ExchangeStatements) -> Table:
    rows = [
        ("an exchange that reports one result", statements.per_exchange),
        ("of those, sent by the worker", statements.sent_per_exchange),
        ("an execution of one node, from start to end", statements.per_execution),
        *((f"  {shorten(text)}", calls) for text, calls in statements.most),
    ]
    return table("Statements, those inside functions included", "", "each", rows=rows)


def shorten(text: str) -> str:
    """One line of at most 100 characters."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_CHARACTERS else line[: SHOWN_CHARACTERS - 1] + "…"


def growth_table(nodes: int, grown: Sizes, vacuumed: Sizes, packed: Sizes, seconds: float) -> Table:
    rows = (
        ("as they stand", grown.table_bytes / MIB, grown.index_bytes / MIB, grown.dead_rows),
        (f"after vacuum ({seconds:.1f} s)", vacuumed.table_bytes / MIB, vacuumed.index_bytes / MIB, vacuumed.dead_rows),
        ("packed (vacuum full)", packed.table_bytes / MIB, packed.index_bytes / MIB, packed.dead_rows),
    )
    return table(f"Tables after {nodes:,} nodes", "", "tables, MiB", "indexes, MiB", "dead rows", rows=rows)
