"""Wide: one execution that forks into many branches and joins them. DBOS runs as many steps side by side in one workflow."""

import asyncio

import psycopg

from benchmarks.bench import Bench
from benchmarks.measuring.outcome import Better, Outcome, Target, best_peer
from benchmarks.measuring.quantiles import quantile
from benchmarks.measuring.report import table
from benchmarks.workload.definitions import fork
from benchmarks.workload.product import installed
from benchmarks.workload.waiting import submit_and_wait

BRANCHES = (1000, 2000, 4000)
REPEATS = 10
TARGET_SECONDS = 0.5
LINEAR = 1.5  # how much more a branch may cost at 4,000 than at 1,000


async def run(bench: Bench) -> Outcome:
    bench.say(f"forks of {', '.join(f'{branches:,}' for branches in BRANCHES)} branches")
    seconds, slowest = {}, {}
    async with installed(bench.server, "wide", *map(fork, BRANCHES)) as product, product.worker(slots=1000):
        with psycopg.connect(product.url, autocommit=True) as looker:
            for branches in BRANCHES:
                taken = []
                for _ in range(REPEATS):
                    await asyncio.sleep(0.2)
                    taken.append(await submit_and_wait(product, looker, f"fork of {branches}", {"input": {"number": 1}}))
                seconds[branches], slowest[branches] = quantile(taken, 0.5), max(taken)
    dbos = await bench.peer("dbos_wide.py", branches=BRANCHES[0])
    peers = {} if dbos is None else {"DBOS": float(dbos["seconds"])}
    narrow, widest = BRANCHES[0], BRANCHES[-1]
    growth = (seconds[widest] / widest) / (seconds[narrow] / narrow)
    rows = [(f"Interlock, {branches:,}", taken, slowest[branches], REPEATS, taken / branches * 1e6) for branches, taken in seconds.items()]
    rows += [(f"{name}, {narrow:,}", taken, taken, 1, taken / narrow * 1e6) for name, taken in peers.items()]
    return Outcome(
        name="wide",
        figure=seconds[narrow],
        unit="s for 1,000 branches",
        better=Better.LESS,
        target=TARGET_SECONDS,
        also=(Target(name="a branch at 4,000 against one at 1,000", figure=growth, unit="times", better=Better.LESS, target=LINEAR),),
        peer=best_peer(peers, seconds[narrow], Better.LESS),
        settings={"branches": list(BRANCHES), "repeats": REPEATS, "workers": 1},
        details={
            "seconds": {str(branches): taken for branches, taken in seconds.items()},
            "slowest_seconds": {str(branches): taken for branches, taken in slowest.items()},
        },
        tables=(table("Fork and join", "engine, branches", "median, s", "slowest, s", "of", "µs a branch", rows=rows),),
    )
