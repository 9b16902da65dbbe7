"""DBOS: one workflow of 40 steps in a row, each `fibo(10)`, in process."""

import json
import sys
import time

from dbos import DBOS

settings = json.loads(sys.argv[1])
DBOS(config={"name": "bench", "system_database_url": settings["url"], "log_level": "ERROR"})


def fibo(n: int) -> int:
    return n if n <= 1 else fibo(n - 1) + fibo(n - 2)


@DBOS.step()
def task(n: int) -> int:
    return fibo(n)


@DBOS.workflow()
def forty() -> int:
    return [task(10) for _ in range(40)][-1]


DBOS.launch()
forty()
samples = []
for _ in range(settings["repeats"]):
    started = time.perf_counter()
    assert forty() == 55
    samples.append(time.perf_counter() - started)
DBOS.destroy()
print("result", json.dumps({"seconds": samples}))
