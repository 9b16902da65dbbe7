"""Latency on an idle system: from submitting an execution until it is completed, for 1 node and for 10 in a row. DBOS runs in process."""

import asyncio
from collections.abc import Sequence
from typing import Any

import psycopg

from benchmarks.bench import Bench
from benchmarks.measuring.outcome import Better, Outcome, Target, best_peer
from benchmarks.measuring.quantiles import quantile
from benchmarks.measuring.report import table
from benchmarks.workload.definitions import chain
from benchmarks.workload.product import Product, installed
from benchmarks.workload.waiting import submit_and_wait

SAMPLES = 200
WARM_UP = 20
PAUSE_SECONDS = 0.02
TARGET_ONE_MS = 2.0
TARGET_TEN_MS = 8.0


async def run(bench: Bench) -> Outcome:
    bench.say(f"{SAMPLES} executions of 1 node and of 10, one after the other")
    async with installed(bench.server, "latency", chain(1), chain(10)) as product, product.worker(slots=100):
        with psycopg.connect(product.url, autocommit=True) as looker:
            one = await sample(product, looker, "chain of 1")
            ten = await sample(product, looker, "chain of 10")
    dbos = await bench.peer("dbos_latency.py", executions=SAMPLES)
    rows = [("Interlock", *quantiles(one), *quantiles(ten))]
    if dbos is not None:
        rows.append(("DBOS, in process", *quantiles(dbos["one_ms"]), *quantiles(dbos["ten_ms"])))
    return Outcome(
        name="latency",
        figure=quantile(one, 0.5),
        unit="ms (p50, 1 node)",
        better=Better.LESS,
        target=TARGET_ONE_MS,
        also=(Target(name="10 nodes", figure=quantile(ten, 0.5), unit="ms (p50)", better=Better.LESS, target=TARGET_TEN_MS),),
        peer=best_peer({} if dbos is None else {"DBOS": quantile(dbos["one_ms"], 0.5)}, quantile(one, 0.5), Better.LESS),
        settings={"samples": SAMPLES, "pause_seconds": PAUSE_SECONDS, "workers": 1},
        details={
            "one_node_ms": dict(zip(("p50", "p99"), quantiles(one), strict=True)),
            "ten_nodes_ms": dict(zip(("p50", "p99"), quantiles(ten), strict=True)),
            "dbos_ten_nodes_p50_ms": None if dbos is None else quantile(dbos["ten_ms"], 0.5),
        },
        tables=(table("Submit → completed, ms", "engine", "1 node p50", "p99", "10 nodes p50", "p99", rows=rows),),
        notes=("Interlock: client, worker and server are three processes; the client sees the end by asking every 0.2 ms.",),
    )


async def sample(product: Product, looker: psycopg.Connection[Any], workflow: str) -> list[float]:
    """Milliseconds of each execution; the pause before each lets the system fall idle."""
    taken = []
    for number in range(WARM_UP + SAMPLES):
        await asyncio.sleep(PAUSE_SECONDS)
        taken.append(await submit_and_wait(product, looker, workflow, {"input": {"number": number}}) * 1000)
    return taken[WARM_UP:]


def quantiles(sample: Sequence[float]) -> tuple[float, float]:
    return quantile(sample, 0.5), quantile(sample, 0.99)
