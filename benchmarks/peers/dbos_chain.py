"""DBOS: throughput of a workflow of 10 steps, called in process from a pool of threads.

Its fastest documented way: the workflow is started directly (nothing to dequeue), the database pool is as large as the pool of threads.
"""

import json
import sys
import time

from dbos import DBOS

settings = json.loads(sys.argv[1])
DBOS(
    config={
        "name": "bench",
        "system_database_url": settings["url"],
        "log_level": "ERROR",
        "max_executor_threads": settings["threads"],
        "sys_db_pool_size": settings["threads"],
    }
)


@DBOS.step()
def step(value: int) -> int:
    return value + 1


@DBOS.workflow()
def chain(value: int) -> int:
    for _ in range(10):
        value = step(value)
    return value


def run(count: int) -> float:
    started = time.perf_counter()
    handles = [DBOS.start_workflow(chain, number) for number in range(count)]
    for number, handle in enumerate(handles):
        assert handle.get_result() == number + 10
    return time.perf_counter() - started


DBOS.launch()
run(5)
seconds = run(settings["executions"])
DBOS.destroy()
print("result", json.dumps({"steps_per_second": settings["executions"] * 10 / seconds, "seconds": seconds}))
