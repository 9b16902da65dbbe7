"""One worker process, as `interlock worker` is, with the executors of the benchmarks in its registry beside the product's own.

`python -m benchmarks.workload.worker_process '{"database_url": …, "queues": {"default": 500}}'` writes `ready` and works until SIGTERM.
"""

import asyncio
import json
import sys

from benchmarks.workload.executors import benchmark_factory
from interlock.worker import Worker, WorkerSettings


async def main(settings: WorkerSettings) -> None:
    worker = Worker(settings, benchmark_factory())
    print("ready", flush=True)
    await worker.run_until_signalled()


if __name__ == "__main__":
    asyncio.run(main(WorkerSettings(**json.loads(sys.argv[1]))))
