"""DBOS: from the call of a workflow to its result, in process, for 1 step and for 10 in a row."""

import json
import sys
import time
from collections.abc import Callable

from dbos import DBOS

settings = json.loads(sys.argv[1])
DBOS(config={"name": "bench", "system_database_url": settings["url"], "log_level": "ERROR"})


@DBOS.step()
def step(value: int) -> int:
    return value + 1


@DBOS.workflow()
def one(value: int) -> int:
    return step(value)


@DBOS.workflow()
def ten(value: int) -> int:
    for _ in range(10):
        value = step(value)
    return value


def sample(workflow: Callable[[int], int], count: int) -> list[float]:
    for number in range(10):
        workflow(number)
    taken = []
    for number in range(count):
        started = time.perf_counter()
        workflow(number)
        taken.append((time.perf_counter() - started) * 1000)
    return taken


DBOS.launch()
result = {"one_ms": sample(one, settings["executions"]), "ten_ms": sample(ten, settings["executions"])}
DBOS.destroy()
print("result", json.dumps(result))
