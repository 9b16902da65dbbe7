"""Throughput: executions of a chain of 10 trivial nodes, enqueued before, one worker process.

Absurd and DBOS do the same as 10 durable steps. graphile-worker does as many jobs as there are nodes, each on its own: a flat queue keeps no state
between steps, so what it does is the least that a step can cost.
"""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from statistics import median

from benchmarks.bench import Bench
from benchmarks.measuring.outcome import Better, Outcome, Target, best_peer
from benchmarks.measuring.report import table
from benchmarks.workload.definitions import chain, inputs
from benchmarks.workload.drain import Drain, drain, exchange_table
from benchmarks.workload.product import installed
from benchmarks.workload.vacuum import vacuuming

EXECUTIONS = 3000
NODES = 10
TARGET = 10_000
SLOTS = 2000
ROUNDS = 3
FLAT = "graphile-worker"
TARGET_WAL_BYTES = 800
TARGET_DATABASE_US = 45
TARGET_WORKER_US = 20
WANTED_RATIOS = {FLAT: 1.0, "Absurd": 20.0, "DBOS": 90.0}


async def run(bench: Bench) -> Outcome:
    drains, flat = [], []
    for number in range(1, ROUNDS + 1):
        bench.say(f"round {number} of {ROUNDS}: {EXECUTIONS:,} executions of {NODES} nodes")
        drains.append(await one_drain(bench))
        if (jobs := await flat_jobs(bench)) is not None:
            flat.append(jobs)
    drained = sorted(drains, key=lambda each: each.nodes_per_second)[ROUNDS // 2]
    ours = drained.nodes_per_second
    bench.say("the same once more, vacuumed twice a second")
    vacuumed = await one_drain(bench, is_vacuumed=True)
    steps = await peers(bench)
    flat_figures = {FLAT: median(flat)} if flat else {}
    figures = {**flat_figures, **steps}
    rows = [("Interlock", ours, 1.0), *((name, figure, ours / figure) for name, figure in figures.items())]
    return Outcome(
        name="throughput",
        figure=ours,
        unit="nodes/s",
        better=Better.MORE,
        target=TARGET,
        also=[
            *(
                Target(name=f"against {name}", figure=ratio, unit="times", better=Better.MORE, target=WANTED_RATIOS[name])
                for name, ratio in ratios(ours, flat_figures, steps).items()
            ),
            *costs(drains),
        ],
        peer=best_peer(flat_figures or steps, ours, Better.MORE),
        settings={"executions": EXECUTIONS, "nodes": NODES, "workers": 1, "slots": SLOTS, "rounds": ROUNDS},
        details={
            **drained.details(),
            "vacuumed": vacuumed.exchange_details(),
            "rounds": {"interlock": [each.nodes_per_second for each in drains], "graphile-worker": flat},
            "peers": figures,
            "ratios": ratios(ours, flat_figures, steps),
        },
        tables=(
            table("Steps in a chain of 10; graphile-worker: flat jobs", "engine", "a second", "Interlock is faster by", rows=rows),
            drained.cpu_table(),
            exchange_table(drained, vacuumed),
        ),
        notes=(
            "A node is an in-process executor that hands its input on; each is claimed, executed and reported through the worker's whole contract.",
            f"Interlock and graphile-worker take turns, {ROUNDS} times; shown is the median of each.",
        ),
    )


def costs(drains: Sequence[Drain]) -> list[Target]:
    """What a node costs beside its time: the median of the rounds. CPU where it can be read."""
    found = (
        ("WAL per node", "bytes", TARGET_WAL_BYTES, [each.counters.wal_bytes / each.nodes for each in drains]),
        ("CPU of PostgreSQL per node", "µs", TARGET_DATABASE_US, [each.database_us for each in drains]),
        ("CPU of the worker per node", "µs", TARGET_WORKER_US, [each.worker_us for each in drains]),
    )
    known = [(name, unit, target, [figure for figure in figures if figure is not None]) for name, unit, target, figures in found]
    return [
        Target(name=name, figure=median(figures), unit=unit, better=Better.LESS, target=target) for name, unit, target, figures in known if figures
    ]


async def one_drain(bench: Bench, *, is_vacuumed: bool = False) -> Drain:
    async with installed(bench.server, "throughput", chain(NODES)) as product:
        await product.start(f"chain of {NODES}", inputs(EXECUTIONS))
        with vacuuming(product) if is_vacuumed else nullcontext():
            return await drain(product, EXECUTIONS * NODES, slots=SLOTS)


async def flat_jobs(bench: Bench) -> float | None:
    """Jobs per second of graphile-worker, as many as our nodes."""
    result = await bench.peer("graphile_jobs.cjs", jobs=EXECUTIONS * NODES, concurrency=24, connections=25, local_queue=2000, batch_delay=0)
    return None if result is None else float(result["jobs_per_second"])


async def peers(bench: Bench) -> dict[str, float]:
    """Steps per second of each peer that runs here. Fewer executions than ours: they take as long, and go at the same rate from the first second."""
    runs = {
        "Absurd (TypeScript)": await bench.peer("absurd_chain.cjs", executions=400, connections=50, concurrency=50),
        "Absurd (Python)": await bench.peer("absurd_chain.py", executions=400, workers=8, concurrency=30),
        "DBOS": await bench.peer("dbos_chain.py", executions=150, threads=8),
    }
    return {name: result["steps_per_second"] for name, result in runs.items() if result is not None}


def ratios(ours: float, flat: Mapping[str, float], steps: Mapping[str, float]) -> dict[str, float]:
    """How many times the rate of each peer ours is; Absurd counts with the better of its two."""
    absurd = [figure for name, figure in steps.items() if name.startswith("Absurd")]
    best = {**flat, **({"Absurd": max(absurd)} if absurd else {}), **({"DBOS": steps["DBOS"]} if "DBOS" in steps else {})}
    return {name: ours / figure for name, figure in best.items()}
