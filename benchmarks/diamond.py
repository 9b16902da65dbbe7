"""Throughput of a graph that branches: a fork, a join, a router decided in the database, and a join of its two ways."""

from benchmarks.bench import Bench
from benchmarks.measuring.outcome import Better, Outcome
from benchmarks.workload.definitions import DIAMOND_NODES, DIAMOND_WORKER_NODES, diamond, inputs
from benchmarks.workload.drain import drain
from benchmarks.workload.product import installed

EXECUTIONS = 3000
TARGET = 8000
SLOTS = 1000


async def run(bench: Bench) -> Outcome:
    bench.say(f"{EXECUTIONS:,} executions of a diamond of {DIAMOND_NODES} nodes")
    async with installed(bench.server, "diamond", diamond()) as product:
        await product.start("diamond", inputs(EXECUTIONS))
        drained = await drain(product, EXECUTIONS * DIAMOND_NODES, slots=SLOTS)
    return Outcome(
        name="diamond",
        figure=drained.nodes_per_second,
        unit="nodes/s",
        better=Better.MORE,
        target=TARGET,
        settings={"executions": EXECUTIONS, "nodes": DIAMOND_NODES, "nodes_for_workers": DIAMOND_WORKER_NODES, "workers": 1, "slots": SLOTS},
        details={**drained.details(), "worker_nodes_per_second": drained.nodes_per_second * DIAMOND_WORKER_NODES / DIAMOND_NODES},
        tables=(drained.cpu_table(),),
        notes=("Counted are the nodes visited after the trigger: 5 by the worker, and a join and a router that virtual users resolve.",),
    )
