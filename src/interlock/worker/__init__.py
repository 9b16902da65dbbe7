"""The worker: a process that claims assignments, executes them and reports.

`Worker` puts the parts together, and each module says what its part does.

- Reporting and claiming: `exchange` (when), `lane` (one of up to two exchanges at a time), `capacity` (how much to claim), `outbox` (results that
  are not yet reported), `answers`.
- Executing: `work` and `held` (what it holds), `executor_loops`, `executor_loop` and `task_pool` (where executors run), `process_pool`,
  `child_process` and `frames` (executors in processes of their own), `execution` and `results` (one assignment), `versions` and `prepared_node`
  (what it knows of a workflow).
- Around it: `heartbeat`, `ticker`, `connections` (at most five), `statistics`, `logs`, `traced`, `chaos` (where tests make it die),
  `process` (what a process of its own needs), `settings`.
"""

from interlock.worker.process import run_fast
from interlock.worker.settings import WorkerSettings, queues_from
from interlock.worker.worker import Worker, WornOutError

__all__ = ["Worker", "WorkerSettings", "WornOutError", "queues_from", "run_fast"]
