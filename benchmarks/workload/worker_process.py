"""One worker process, as `interlock worker` is, with the executors of the benchmarks in its registry beside the product's own.

`python -m benchmarks.workload.worker_process '{"database_url": …, "queues": {"default": 500}}' FILE` writes `ready`, waits for a line, and works
until SIGTERM. At the end it writes to the file what each of its exchanges took, in seconds, as a JSON array.
It ends at once when its standard input is closed: it does not outlive the benchmark that started it.
"""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.workload.executors import benchmark_factory
from interlock.worker import Worker, WorkerSettings, run_fast
from interlock.worker.exchange_connection import ExchangeConnection


async def main(settings: WorkerSettings) -> None:
    worker = Worker(settings, benchmark_factory())
    print("ready", flush=True)
    if not sys.stdin.readline():
        return
    threading.Thread(target=stop_without_parent, daemon=True).start()
    await worker.run_until_signalled()


def time_exchanges() -> list[float]:
    """The seconds of every exchange of this process from now on, in a list that grows."""
    taken: list[float] = []
    exchange = ExchangeConnection.exchange_slim

    async def timed(*arguments: Any, **settings: Any) -> Any:
        began = time.perf_counter()
        answer = await exchange(*arguments, **settings)
        taken.append(time.perf_counter() - began)
        return answer

    ExchangeConnection.exchange_slim = timed  # type: ignore[method-assign]
    return taken


def stop_without_parent() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    exchange_seconds = time_exchanges()
    run_fast(main(WorkerSettings(**json.loads(sys.argv[1]))))
    Path(sys.argv[2]).write_text(json.dumps(exchange_seconds), encoding="ascii")
