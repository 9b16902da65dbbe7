"""One worker process, as `interlock worker` is, with the executors of the benchmarks in its registry beside the product's own.

`python -m benchmarks.workload.worker_process '{"database_url": …, "queues": {"default": 500}}'` writes `ready` and works until SIGTERM.
It ends at once when its standard input is closed: it does not outlive the benchmark that started it.
"""

import json
import os
import signal
import sys
import threading

from benchmarks.workload.executors import benchmark_factory
from interlock.worker import Worker, WorkerSettings, run_fast


async def main(settings: WorkerSettings) -> None:
    worker = Worker(settings, benchmark_factory())
    threading.Thread(target=stop_without_parent, daemon=True).start()
    print("ready", flush=True)
    await worker.run_until_signalled()


def stop_without_parent() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    run_fast(main(WorkerSettings(**json.loads(sys.argv[1]))))
