"""Throughput: executions of a chain of 10 trivial nodes, enqueued before, one worker process. Absurd and DBOS do the same as 10 durable steps."""

from benchmarks.bench import Bench
from benchmarks.measuring.outcome import Better, Outcome, best_peer
from benchmarks.measuring.report import table
from benchmarks.workload.definitions import chain, inputs
from benchmarks.workload.drain import drain
from benchmarks.workload.product import installed

EXECUTIONS = 3000
NODES = 10
TARGET = 10_000
SLOTS = 2000


async def run(bench: Bench) -> Outcome:
    bench.say(f"{EXECUTIONS:,} executions of {NODES} nodes")
    async with installed(bench.server, "throughput", chain(NODES)) as product:
        await product.start(f"chain of {NODES}", inputs(EXECUTIONS))
        drained = await drain(product, EXECUTIONS * NODES, slots=SLOTS)
    figures = await peers(bench)
    peer = best_peer(figures, drained.nodes_per_second, Better.MORE)
    rows = [("Interlock", drained.nodes_per_second, 1.0), *((name, figure, drained.nodes_per_second / figure) for name, figure in figures.items())]
    return Outcome(
        name="throughput",
        figure=drained.nodes_per_second,
        unit="nodes/s",
        better=Better.MORE,
        target=TARGET,
        peer=peer,
        settings={"executions": EXECUTIONS, "nodes": NODES, "workers": 1, "slots": SLOTS},
        details={**drained.details(), "peers": figures},
        tables=(table("Durable steps in a chain of 10", "engine", "steps/s", "Interlock is faster by", rows=rows), drained.cpu_table()),
        notes=(
            "A node is an in-process executor that hands its input on; each is claimed, executed and reported through the worker's whole contract.",
        ),
    )


async def peers(bench: Bench) -> dict[str, float]:
    """Steps per second of each peer that runs here. Fewer executions than ours: they take as long, and go at the same rate from the first second."""
    runs = {
        "Absurd (TypeScript)": await bench.peer("absurd_chain.cjs", executions=400, connections=50, concurrency=50),
        "Absurd (Python)": await bench.peer("absurd_chain.py", executions=400, workers=8, concurrency=30),
        "DBOS": await bench.peer("dbos_chain.py", executions=150, threads=8),
    }
    return {name: result["steps_per_second"] for name, result in runs.items() if result is not None}
