"""Throughput of a graph that branches: a fork, a join, a router decided in the database, and a join of its two ways; beside it, a chain."""

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from benchmarks.bench import Bench
from benchmarks.measuring.outcome import Better, Outcome, Target
from benchmarks.measuring.report import table
from benchmarks.workload.definitions import DIAMOND_NODES, DIAMOND_WORKER_NODES, chain, diamond, inputs
from benchmarks.workload.drain import Drain, drain, exchange_table
from benchmarks.workload.product import installed
from benchmarks.workload.vacuum import vacuuming

EXECUTIONS = 3000
TARGET = 8000
TARGET_SHARE = 0.8
SLOTS = 1000
CHAIN_EXECUTIONS = 1500
CHAIN_NODES = 10


async def run(bench: Bench) -> Outcome:
    bench.say(
        f"{EXECUTIONS:,} executions of a diamond of {DIAMOND_NODES} nodes; before and after it, {CHAIN_EXECUTIONS:,} of a chain of {CHAIN_NODES}"
    )
    before = await one_drain(bench, chain(CHAIN_NODES), CHAIN_EXECUTIONS, CHAIN_NODES)
    drained = await one_drain(bench, diamond(), EXECUTIONS, DIAMOND_NODES)
    after = await one_drain(bench, chain(CHAIN_NODES), CHAIN_EXECUTIONS, CHAIN_NODES)
    bench.say("the diamond once more, vacuumed twice a second")
    vacuumed = await one_drain(bench, diamond(), EXECUTIONS, DIAMOND_NODES, is_vacuumed=True)
    chain_rate = (before.nodes + after.nodes) / (before.seconds + after.seconds)
    rows = [
        ("diamond", drained.nodes_per_second, drained.database_us, drained.worker_us),
        ("chain, before", before.nodes_per_second, before.database_us, before.worker_us),
        ("chain, after", after.nodes_per_second, after.database_us, after.worker_us),
    ]
    return Outcome(
        name="diamond",
        figure=drained.nodes_per_second,
        unit="nodes/s",
        better=Better.MORE,
        target=TARGET,
        also=(Target(name="against the chain", figure=drained.nodes_per_second / chain_rate, unit="times", better=Better.MORE, target=TARGET_SHARE),),
        settings={"executions": EXECUTIONS, "nodes": DIAMOND_NODES, "nodes_for_workers": DIAMOND_WORKER_NODES, "workers": 1, "slots": SLOTS},
        details={
            **drained.details(),
            "vacuumed": vacuumed.exchange_details(),
            "worker_nodes_per_second": drained.nodes_per_second * DIAMOND_WORKER_NODES / DIAMOND_NODES,
            "chain_nodes_per_second": chain_rate,
        },
        tables=(
            table("Diamond and chain", "", "nodes/s", "CPU of PostgreSQL, µs a node", "of the worker", rows=rows),
            drained.cpu_table(),
            exchange_table(drained, vacuumed),
        ),
        notes=("Counted are the nodes visited after the trigger: 5 by the worker, and a join and a router that virtual users resolve.",),
    )


async def one_drain(bench: Bench, definition: Mapping[str, Any], executions: int, nodes: int, *, is_vacuumed: bool = False) -> Drain:
    async with installed(bench.server, "diamond", definition) as product:
        await product.start(str(definition["name"]), inputs(executions))
        with vacuuming(product) if is_vacuumed else nullcontext():
            return await drain(product, executions * nodes, slots=SLOTS)
