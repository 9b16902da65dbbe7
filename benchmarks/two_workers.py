"""A second worker process: the same drain with one and with two, in turns."""

from collections.abc import Sequence
from statistics import mean, median

from benchmarks.bench import Bench
from benchmarks.measuring.outcome import Better, Outcome, Target
from benchmarks.measuring.report import table
from benchmarks.workload.definitions import chain, inputs
from benchmarks.workload.drain import Drain, drain, exchange_milliseconds
from benchmarks.workload.product import installed

EXECUTIONS = 4000
NODES = 10
SLOTS = 500
ROUNDS = 2
TARGET = 1.5
BUSY = 0.9
OTHERS = 0.05
TARGET_CPU = 1.1


async def run(bench: Bench) -> Outcome:
    one, two = [], []
    for number in range(1, ROUNDS + 1):
        bench.say(f"round {number} of {ROUNDS}: {EXECUTIONS:,} executions of {NODES} nodes, with one worker process and with two")
        one.append(await one_drain(bench, workers=1))
        two.append(await one_drain(bench, workers=2))
    ratio = median(each.nodes_per_second for each in two) / median(each.nodes_per_second for each in one)
    busy, others = cores(two), used_by_others(two)
    are_busy = busy is not None and min(busy) > BUSY and others < OTHERS
    longest = [(name, *exchanges(drains).values()) for name, drains in (("1 worker", one), ("2 workers", two))]
    rows = [(name, *figures(drains).values()) for name, drains in (("1 worker", one), ("2 workers", two))]
    return Outcome(
        name="two_workers",
        figure=ratio,
        unit="times the rate of one worker",
        better=Better.MORE,
        target=None if are_busy else TARGET,
        also=cpu_target(one, two),
        settings={"executions": EXECUTIONS, "nodes": NODES, "slots_of_each": SLOTS, "rounds": ROUNDS},
        details={
            "one": figures(one) | exchanges(one),
            "two": figures(two) | exchanges(two),
            "are_both_cores_busy": are_busy,
            "others_used_percent": others * 100,
        },
        tables=(
            table("Chain of 10", "", "nodes/s", "CPU of PostgreSQL, µs a node", "of the workers", "least busy core, %", "busiest, %", rows=rows),
            table("Exchanges of all rounds, ms", "", "count", "p50", "p99", "longest", rows=longest),
        ),
        notes=(
            f"Wanted: at least {TARGET} times, or both cores more than {BUSY:.0%} busy with two workers; then no more can be had here.",
            *([f"Others used {others:.0%} of the cores meanwhile: the second worker had less than a core to win."] if others >= OTHERS else []),
        ),
    )


async def one_drain(bench: Bench, *, workers: int) -> Drain:
    async with installed(bench.server, "two_workers", chain(NODES)) as product:
        await product.start(f"chain of {NODES}", inputs(EXECUTIONS))
        return await drain(product, EXECUTIONS * NODES, slots=SLOTS, workers=workers)


def figures(drains: Sequence[Drain]) -> dict[str, float | None]:
    busy = cores(drains)
    return {
        "nodes_per_second": median(each.nodes_per_second for each in drains),
        "database_cpu_us_per_node": median_of([each.database_us for each in drains]),
        "worker_cpu_us_per_node": median_of([each.worker_us for each in drains]),
        "least_busy_core_percent": None if busy is None else min(busy) * 100,
        "busiest_core_percent": None if busy is None else max(busy) * 100,
    }


def exchanges(drains: Sequence[Drain]) -> dict[str, float]:
    return exchange_milliseconds([seconds for each in drains for seconds in each.exchange_seconds])


def cores(drains: Sequence[Drain]) -> list[float] | None:
    """How busy each core was, in the middle of the rounds."""
    shares = [each.busy_cores for each in drains if each.busy_cores is not None]
    return [median(of_core) for of_core in zip(*shares, strict=True)] or None


def used_by_others(drains: Sequence[Drain]) -> float:
    """The share of all cores that neither PostgreSQL nor the workers used."""
    return median(mean(each.busy_cores) - each.used_cores if each.busy_cores and each.used_cores else 0.0 for each in drains)


def cpu_target(one: Sequence[Drain], two: Sequence[Drain]) -> list[Target]:
    of_one, of_two = median_of([each.cpu_us for each in one]), median_of([each.cpu_us for each in two])
    if of_one is None or of_two is None:
        return []
    return [Target(name="CPU per node", figure=of_two / of_one, unit="times that of one", better=Better.LESS, target=TARGET_CPU)]


def median_of(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if len(known) == len(values) else None
