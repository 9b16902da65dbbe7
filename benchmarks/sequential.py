"""Sequential: 40 small tasks in a row, each `fibo(10)` in Python, one worker, each step committed on its own.

Once with an executor in the worker's own process, once with RUN_CODE, whose Python runs in a sandbox. DBOS runs 40 steps in process.
"""

import asyncio
from typing import Any

import psycopg

from benchmarks.bench import Bench
from benchmarks.measuring.outcome import Better, Outcome, Target, best_peer
from benchmarks.measuring.quantiles import quantile
from benchmarks.measuring.report import table
from benchmarks.workload.definitions import chain, code_chain
from benchmarks.workload.product import Product, installed
from benchmarks.workload.waiting import submit_and_wait

TASKS = 40
REPEATS = 10
TARGET_SECONDS = 1.2

CODE = """
def fibo(n):
    return n if n <= 1 else fibo(n - 1) + fibo(n - 2)

fibo(10)
"""


async def run(bench: Bench) -> Outcome:
    bench.say(f"{TASKS} tasks in a row, {REPEATS} times, in process and in the sandbox")
    in_process, sandboxed = chain(TASKS, "BENCH_FIBO", name="fibo in process", n=10), code_chain(TASKS, CODE)
    async with installed(bench.server, "sequential", in_process, sandboxed) as product, product.worker(slots=100):
        with psycopg.connect(product.url, autocommit=True) as looker:
            ours = await median_seconds(product, looker, str(in_process["name"]))
            code = await median_seconds(product, looker, str(sandboxed["name"]))
    dbos = await bench.peer("dbos_sequential.py", repeats=REPEATS)
    peers = {} if dbos is None else {"DBOS": quantile(dbos["seconds"], 0.5)}
    rows = [
        ("Interlock, executor in process", ours),
        ("Interlock, RUN_CODE in the sandbox", code),
        *(("DBOS, in process", figure) for figure in peers.values()),
    ]
    return Outcome(
        name="sequential",
        figure=ours,
        unit="s",
        better=Better.LESS,
        target=TARGET_SECONDS,
        also=(Target(name="RUN_CODE", figure=code, unit="s", better=Better.LESS, target=TARGET_SECONDS),),
        peer=best_peer(peers, ours, Better.LESS),
        settings={"tasks": TASKS, "repeats": REPEATS, "workers": 1},
        details={"milliseconds_per_task": ours / TASKS * 1000, "run_code_milliseconds_per_task": code / TASKS * 1000},
        tables=(table("40 tasks in a row, median", "engine", "seconds", rows=rows),),
    )


async def median_seconds(product: Product, looker: psycopg.Connection[Any], workflow: str) -> float:
    taken = []
    for _ in range(REPEATS + 1):
        await asyncio.sleep(0.05)
        taken.append(await submit_and_wait(product, looker, workflow, {"input": {}}))
    return quantile(taken[1:], 0.5)
