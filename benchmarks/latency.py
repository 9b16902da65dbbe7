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
from benchmarks.workload.product import Product, installed
from benchmarks.workload.vacuum import vacuuming
from benchmarks.workload.waiting import submit_and_be_told, submit_and_wait
from interlock.client import Client
from interlock.controlplane import open_pool
from interlock.insight.ended_executions import EndedExecutions

ROUNDS = 3
SAMPLES = 100
WARM_UP = 20
PAUSE_SECONDS = 0.02
LISTEN_SECONDS = 10.0
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
        async with open_pool(product.url, limit=1) as pool, EndedExecutions(pool) as ended:
            await ended.until_listening(LISTEN_SECONDS)

            async def told(workflow: str, given: dict[str, int]) -> float:
                return await submit_and_be_told(product, ended, workflow, {"input": given})

            by_notify, peer = Latencies(), Latencies()
            for number in range(1, ROUNDS + 1):
                bench.say(f"round {number} of {ROUNDS}: {SAMPLES} executions of 1 node and of 10, one after the other")
                by_notify += await both(told, SAMPLES)
                peer += await dbos(bench)
            bench.say("nodes without side effects")
            pure = await both(told, SAMPLES, suffix=" without side effects")
            bench.say("the same chains, vacuumed twice a second")
            with vacuuming(product):
                vacuumed = await both(told, SAMPLES)
        bench.say("the same chains, for a client that asks every 0.2 ms")
        asked = await by_asking(product)
        async with api_process(product) as api:
            bench.say("the same over the API, whose event stream tells the client of the end")
            by_stream = await over_the_api(api)
        autovacuums = await product.autovacuums()
    measured = {
        "Interlock, told by NOTIFY": by_notify,
        "Interlock, told by NOTIFY, nodes without side effects": pure,
        "Interlock, told by NOTIFY, vacuumed twice a second": vacuumed,
        "Interlock, asked every 0.2 ms": asked,
        "Interlock, over the API, told by its event stream": by_stream,
        **({"DBOS, in process": peer} if peer else {}),
    }
    return Outcome(
        name="latency",
        figure=by_notify.one_p50,
        unit="ms (p50, 1 node)",
        better=Better.LESS,
        target=TARGET_ONE_MS,
        also=targets(by_notify, pure, peer),
        peer=best_peer({"DBOS": peer.one_p50} if peer else {}, by_notify.one_p50, Better.LESS),
        settings={"samples": SAMPLES, "rounds": ROUNDS, "pause_seconds": PAUSE_SECONDS, "workers": 1, "client": "told by NOTIFY"},
        details={
            "told_by_notify": by_notify.details(),
            "without_side_effects": pure.details(),
            "vacuumed": vacuumed.details(),
            "asked": asked.details(),
            "told_by_event_stream": by_stream.details(),
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
            "Interlock: client, worker and server are three processes. It takes turns with DBOS.",
            "Told by NOTIFY: `EndedExecutions` in the client's process, one connection that listens. Asked: one that asks, and takes part of a core.",
            "Over the API there is a fourth process, which starts the execution and tells the client of its end.",
        ),
    )


def targets(told: Latencies, pure: Latencies, peer: Latencies) -> list[Target]:
    """Of both chains in milliseconds; of 10 without side effects, how much more than 1 node, and 1 without; and how many times sooner than DBOS."""
    wanted = [
        Target(name="10 nodes", figure=told.ten_p50, unit="ms (p50)", better=Better.LESS, target=TARGET_TEN_MS),
        Target(
            name="10 nodes without side effects",
            figure=pure.ten_p50 - told.one_p50,
            unit="ms more than 1 node (p50)",
            better=Better.LESS,
            target=TARGET_TEN_MORE_MS,
        ),
        Target(
            name="10 nodes without side effects against 1 without",
            figure=pure.ten_p50 - pure.one_p50,
            unit="ms more (p50)",
            better=Better.LESS,
            target=TARGET_TEN_MORE_MS,
        ),
    ]
    if peer:
        wanted += [
            Target(name="DBOS, 1 node", figure=peer.one_p50 / told.one_p50, unit="times as long", better=Better.MORE, target=TARGET_ONE_RATIO),
            Target(name="DBOS, 10 nodes", figure=peer.ten_p50 / told.ten_p50, unit="times as long", better=Better.MORE, target=TARGET_TEN_RATIO),
        ]
    return wanted


async def by_asking(product: Product) -> Latencies:
    """As it was measured before a client could be told."""
    with psycopg.connect(product.url, autocommit=True) as looker:

        async def asking(workflow: str, given: dict[str, int]) -> float:
            return await submit_and_wait(product, looker, workflow, {"input": given})

        return await both(asking, SAMPLES)


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

        return await both(told, SAMPLES)
