"""The worker: a process that claims assignments, executes them and reports.

`Worker` puts the parts together; each module says what its part does: `exchange` (report and claim), `rooms` (how much to claim),
`outbox` (results on their way), `work` and `lanes` (executing), `execution` (one assignment), `versions` and `prepared_node` (what is known
of a workflow), `heartbeat`, `listener`, `ticker`, `connections` (four at most), `chaos` (where tests let it die), `process` (signals, event loop).
"""

from interlock.worker.process import run_fast
from interlock.worker.settings import WorkerSettings, queues_from
from interlock.worker.worker import Worker, WornOutError

__all__ = ["Worker", "WorkerSettings", "WornOutError", "queues_from", "run_fast"]
