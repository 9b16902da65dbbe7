"""Latency on an idle system: from submitting an execution until its client knows that it is completed, for 1 node and for 10 in a row.

DBOS runs in process.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import psycopg

from benchmarks.bench import Bench
from benchmarks.measuring.outcome import Better, Outcome, Target, best_peer
from benchmarks.measuring.quantiles import quantile
from benchmarks.measuring.report import table
from benchmarks.workload.api_process import ApiProcess, api_process
from benchmarks.workload.definitions import chain, chain_without_side_effects
from benchmarks.workload.drain import exchange_milliseconds
from benchmarks.workload.product import installed
from benchmarks.workload.vacuum import vacuuming
from benchmarks.workload.waiting import submit_and_wait
from interlock.client import Client

ROUNDS = 2
SAMPLES = 100
TOLD_SAMPLES = 30
WARM_UP = 20
PAUSE_SECONDS = 0.02
TARGET_ONE_MS = 2.0
TARGET_TEN_MS = 8.0
TARGET_TEN_MORE_MS = 2.0
TARGET_ONE_RATIO = 2.5
TARGET_TEN_RATIO = 5.0

Submit = Callable[[str, dict[str, int]], Awaitable[float]]
"""Submits an execution of a workflow with an input; returns the seconds until its client knows that it has completed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latencies:
    """Milliseconds of each execution."""

    one: Sequence[float] = ()
    ten: Sequence[float] = ()

    def __add__(self, more: "Latencies") -> "Latencies":
        return Latencies(one=[*self.one, *more.one], ten=[*self.ten, *more.ten])

    def __bool__(self) -> bool:
        return bool(self.one)

    @property
    def one_p50(self) -> float:
        return quantile(self.one, 0.5)

    @property
    def ten_p50(self) -> float:
        return quantile(self.ten, 0.5)

    def row(self) -> tuple[float, ...]:
        return self.one_p50, quantile(self.one, 0.99), self.ten_p50, quantile(self.ten, 0.99)

    def details(self) -> dict[str, float]:
        return dict(zip(("one_p50_ms", "one_p99_ms", "ten_p50_ms", "ten_p99_ms"), self.row(), strict=True))


async def run(bench: Bench) -> Outcome:
    workflows = (chain(1), chain(10), chain_without_side_effects(1), chain_without_side_effects(10))
    async with installed(bench.server, "latency", *workflows) as product, product.worker(slots=100) as worker:
        with psycopg.connect(product.url, autocommit=True) as looker:

            async def asking(workflow: str, given: dict[str, int]) -> float:
                return await submit_and_wait(product, looker, workflow, {"input": given})

            asked, peer = Latencies(), Latencies()
            for number in range(1, ROUNDS + 1):
                bench.say(f"round {number} of {ROUNDS}: {SAMPLES} executions of 1 node and of 10, one after the other")
                asked += await both(asking, SAMPLES)
                peer += await dbos(bench)
            bench.say("nodes without side effects")
            pure = await both(asking, SAMPLES, suffix=" without side effects")
            bench.say("the same, vacuumed twice a second")
            with vacuuming(product):
                vacuumed = await both(asking, SAMPLES)
        async with api_process(product) as api:
            bench.say("the same over the API, whose event stream tells the client of the end")
            told = await over_the_api(api)
        autovacuums = await product.autovacuums()
    measured = {
        "Interlock": asked,
        "Interlock, nodes without side effects": pure,
        "Interlock, vacuumed twice a second": vacuumed,
        "Interlock, told by the API's event stream": told,
        **({"DBOS, in process": peer} if peer else {}),
    }
    return Outcome(
        name="latency",
        figure=asked.one_p50,
        unit="ms (p50, 1 node)",
        better=Better.LESS,
        target=TARGET_ONE_MS,
        also=targets(asked, pure, peer),
        peer=best_peer({"DBOS": peer.one_p50} if peer else {}, asked.one_p50, Better.LESS),
        settings={"samples": SAMPLES, "rounds": ROUNDS, "pause_seconds": PAUSE_SECONDS, "workers": 1, "client": "asks every 0.2 ms"},
        details={
            "asked": asked.details(),
            "without_side_effects": pure.details(),
            "vacuumed": vacuumed.details(),
            "told_by_event_stream": told.details(),
            "dbos": peer.details() if peer else None,
            **exchange_milliseconds(worker.exchange_seconds),
            "autovacuums": autovacuums,
        },
        tables=(
            table(
                "Submit → completed, ms",
                "engine",
                "1 node p50",
                "p99",
                "10 nodes p50",
                "p99",
                rows=[(name, *latencies.row()) for name, latencies in measured.items()],
            ),
        ),
        notes=(
            "Interlock: client, worker and server are three processes; the client asks for the end every 0.2 ms. It takes turns with DBOS.",
            "Over the API there is a fourth process, which starts the execution and tells the client of its end.",
        ),
    )


def targets(asked: Latencies, pure: Latencies, peer: Latencies) -> list[Target]:
    """Of both chains in milliseconds; of 10 nodes without side effects, how much more than 1 node; and how many times sooner than DBOS."""
    wanted = [
        Target(name="10 nodes", figure=asked.ten_p50, unit="ms (p50)", better=Better.LESS, target=TARGET_TEN_MS),
        Target(
            name="10 nodes without side effects",
            figure=pure.ten_p50 - asked.one_p50,
            unit="ms more than 1 node (p50)",
            better=Better.LESS,
            target=TARGET_TEN_MORE_MS,
        ),
    ]
    if peer:
        wanted += [
            Target(name="DBOS, 1 node", figure=peer.one_p50 / asked.one_p50, unit="times as long", better=Better.MORE, target=TARGET_ONE_RATIO),
            Target(name="DBOS, 10 nodes", figure=peer.ten_p50 / asked.ten_p50, unit="times as long", better=Better.MORE, target=TARGET_TEN_RATIO),
        ]
    return wanted


async def dbos(bench: Bench) -> Latencies:
    """Of DBOS; none where it does not run."""
    result = await bench.peer("dbos_latency.py", executions=SAMPLES)
    return Latencies() if result is None else Latencies(one=result["one_ms"], ten=result["ten_ms"])


async def both(submit: Submit, samples: int, *, suffix: str = "", warm_up: int = WARM_UP) -> Latencies:
    one = await sample(submit, f"chain of 1{suffix}", samples, warm_up)
    return Latencies(one=one, ten=await sample(submit, f"chain of 10{suffix}", samples, warm_up))


async def sample(submit: Submit, workflow: str, samples: int, warm_up: int) -> list[float]:
    """Milliseconds of each execution; the pause before each lets the system fall idle."""
    taken = []
    for number in range(warm_up + samples):
        await asyncio.sleep(PAUSE_SECONDS)
        taken.append(await submit(workflow, {"number": number}) * 1000)
    return taken[warm_up:]


async def over_the_api(api: ApiProcess) -> Latencies:
    async with Client(api.url, api_key=api.key) as client:

        async def told(workflow: str, given: dict[str, int]) -> float:
            started = time.perf_counter()
            execution = await client.run_workflow(workflow, input=given)
            async for event in client.watch_execution(execution.execution_id):
                if event.kind == "end":
                    assert event.execution is not None
                    assert event.execution.status == "completed", f"the execution ended {event.execution.status}"
            return time.perf_counter() - started

        return await both(told, TOLD_SAMPLES, warm_up=2)
