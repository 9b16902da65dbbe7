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
REPEATS = 100
SANDBOXED = 20  # too few for a p99: shown is the slowest
TARGET_SECONDS = 1.2

CODE = """
def fibo(n):
    return n if n <= 1 else fibo(n - 1) + fibo(n - 2)

fibo(10)
"""


async def run(bench: Bench) -> Outcome:
    bench.say(f"{TASKS} tasks in a row, {REPEATS} times in process and {SANDBOXED} times in the sandbox")
    in_process, sandboxed = chain(TASKS, "BENCH_FIBO", name="fibo in process", n=10), code_chain(TASKS, CODE)
    async with installed(bench.server, "sequential", in_process, sandboxed) as product, product.worker(slots=100):
        with psycopg.connect(product.url, autocommit=True) as looker:
            in_process_seconds = await seconds_of(product, looker, str(in_process["name"]), REPEATS)
            sandboxed_seconds = await seconds_of(product, looker, str(sandboxed["name"]), SANDBOXED)
    ours, code = quantile(in_process_seconds, 0.5), quantile(sandboxed_seconds, 0.5)
    dbos = await bench.peer("dbos_sequential.py", repeats=REPEATS)
    peers = {} if dbos is None else {"DBOS": quantile(dbos["seconds"], 0.5)}
    measured = {
        "Interlock, executor in process": in_process_seconds,
        "Interlock, RUN_CODE in the sandbox": sandboxed_seconds,
        **({} if dbos is None else {"DBOS, in process": dbos["seconds"]}),
    }
    rows = [(name, quantile(seconds, 0.5), quantile(seconds, 0.99), max(seconds), len(seconds)) for name, seconds in measured.items()]
    return Outcome(
        name="sequential",
        figure=ours,
        unit="s",
        better=Better.LESS,
        target=TARGET_SECONDS,
        also=(Target(name="RUN_CODE", figure=code, unit="s", better=Better.LESS, target=TARGET_SECONDS),),
        peer=best_peer(peers, ours, Better.LESS),
        settings={"tasks": TASKS, "repeats": REPEATS, "repeats_in_the_sandbox": SANDBOXED, "workers": 1},
        details={
            "milliseconds_per_task": ours / TASKS * 1000,
            "run_code_milliseconds_per_task": code / TASKS * 1000,
            "p99_seconds": quantile(in_process_seconds, 0.99),
            "run_code_slowest_seconds": max(sandboxed_seconds),
        },
        tables=(table("40 tasks in a row, seconds", "engine", "p50", "p99", "slowest", "of", rows=rows),),
    )


async def seconds_of(product: Product, looker: psycopg.Connection[Any], workflow: str, repeats: int) -> list[float]:
    taken = []
    for _ in range(repeats + 1):
        await asyncio.sleep(0.05)
        taken.append(await submit_and_wait(product, looker, workflow, {"input": {}}))
    return taken[1:]
