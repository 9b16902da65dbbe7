"""Prometheus metrics: what the database says about queues, executions and workers, and what this process counted of its requests.

Every API process returns the same figures of the database, so scrape one of them, or take `max` over all. `interlock_api_*` are the process' own.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from interlock.insight.reading import Pool, Row, Scope, read_rows
from interlock.insight.request_metrics import REQUESTS

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

# One pass over the open assignments, which have a partial index.
_OPEN: Final = """
    select coalesce(a.queue, '') as queue, a.status, coalesce(a.wait_for, '') as wait_for,
           count(*) as total,
           count(*) filter (where a.suspended) as suspended,
           count(*) filter (where a.due_at <= (select interlock.now()) and not a.suspended) as due,
           extract(epoch from interlock.now() - min(a.due_at) filter (where not a.suspended and a.due_at < 'infinity'))::float8 as oldest_seconds
    from interlock.assignments a
    where a.ended_at is null
    group by 1, 2, 3
    order by total desc, 1, 2, 3 limit %(limit)s
"""
_EXECUTIONS: Final = """
    select s.status, count(*) as total, count(e.suspended_at) as suspended
    from interlock.workspaces w
    cross join unnest('{pending,running,waiting,paused}'::text[]) s (status)
    cross join lateral (select x.suspended_at from interlock.executions x where x.workspace_id = w.id and x.status = s.status) e
    group by 1
"""
_WORKERS: Final = """
    select w.id::text, w.name, w.status, w.queues, w.statistics,
           extract(epoch from interlock.now() - w.heartbeat_at)::float8 as heartbeat_seconds
    from interlock.workers w
    where w.status = 'alive' or w.ended_at > interlock.now() - interval '1 day'
    order by w.status = 'alive' desc, w.heartbeat_at desc, w.id limit %(limit)s
"""
SERIES_LIMIT: Final = 1_000
"""Maximum number of workers, and of queues, with series of their own, so that made-up names do not fill the memory of the scraper."""
_OUTCOMES: Final = ("completed", "failed", "waiting", "released", "void")


async def metrics_text(pool: Pool) -> bytes:
    """Return all metrics in the exposition format; its content type is `CONTENT_TYPE`.

    Raises:
        DatabaseUnavailable: no answer came.
    """
    registry, everything = CollectorRegistry(auto_describe=False), Scope(pool)
    registry.register(
        _Collected(
            [
                *_assignment_metrics(await read_rows(everything, _OPEN, limit=SERIES_LIMIT)),
                *_execution_metrics(await read_rows(everything, _EXECUTIONS)),
                *_worker_metrics(await read_rows(everything, _WORKERS, limit=SERIES_LIMIT)),
            ]
        )
    )
    return generate_latest(registry) + generate_latest(REQUESTS)


class _Collected(Collector):
    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _assignment_metrics(rows: Sequence[Row]) -> Iterator[Metric]:
    depth = GaugeMetricFamily("interlock_queue_depth", "Assignments that wait for a worker: due now, or later (a retry).", labels=["queue", "state"])
    lag = GaugeMetricFamily("interlock_claim_lag_seconds", "How long the oldest due assignment of a queue has waited for a worker.", labels=["queue"])
    running = GaugeMetricFamily("interlock_assignments_running", "Assignments that a worker runs.", labels=["queue"])
    waiting = GaugeMetricFamily(
        "interlock_assignments_waiting", "Assignments that wait without a worker, by what they wait for.", labels=["wait_for"]
    )
    suspended = GaugeMetricFamily("interlock_assignments_suspended", "Pending assignments of suspended executions.", labels=["queue"])
    late = 0.0
    by_reason: Counter[str] = Counter()
    for row in rows:
        oldest = max(0.0, row["oldest_seconds"] or 0.0)
        match row["status"]:
            case "pending" if row["queue"]:
                depth.add_metric([row["queue"], "due"], row["due"])
                depth.add_metric([row["queue"], "delayed"], row["total"] - row["suspended"] - row["due"])
                lag.add_metric([row["queue"]], oldest if row["due"] else 0.0)
                suspended.add_metric([row["queue"]], row["suspended"])
            case "running":
                running.add_metric([row["queue"]], row["total"])
            case "waiting":
                by_reason[row["wait_for"]] += row["total"]
                late = max(late, oldest)
            case _:
                late = max(late, oldest)
    for reason, total in by_reason.items():
        waiting.add_metric([reason], total)
    overdue = GaugeMetricFamily("interlock_tick_overdue_seconds", "How late the most overdue timer is; a tick should have handled it.", value=late)
    yield from (depth, lag, running, waiting, suspended, overdue)


def _execution_metrics(rows: Sequence[Row]) -> Iterator[Metric]:
    opened = GaugeMetricFamily("interlock_executions_open", "Executions that have not ended.", labels=["status"])
    for row in rows:
        opened.add_metric([row["status"]], row["total"])
    yield opened
    yield GaugeMetricFamily(
        "interlock_executions_suspended", "Executions that an operator has suspended.", value=sum(row["suspended"] for row in rows)
    )


def _worker_metrics(rows: Sequence[Row]) -> Iterator[Metric]:
    labels = ["worker_id", "worker"]
    alive = GaugeMetricFamily("interlock_worker_alive", "1 for workers that are alive.", labels=labels)
    heartbeat = GaugeMetricFamily("interlock_worker_heartbeat_seconds", "Time since the last heartbeat of a worker that is alive.", labels=labels)
    attempts = CounterMetricFamily("interlock_attempts", "Attempts that ended, by outcome.", labels=[*labels, "outcome"])
    claims = CounterMetricFamily("interlock_claims", "Attempts that began.", labels=labels)
    losses = CounterMetricFamily("interlock_losses", "Assignments that were lost with their worker.", labels=labels)
    sums = {
        name: CounterMetricFamily(f"interlock_{name}", text, labels=labels)
        for name, text in (
            ("exchanges", "Exchanges with the database that were answered."),
            ("exchange_seconds", "Time spent waiting for exchanges."),
            ("ticks", "Ticks that were answered."),
            ("tick_seconds", "Time spent waiting for ticks."),
        )
    }
    for row in rows:
        of = [row["id"], row["name"]]
        counted = row["statistics"]
        alive.add_metric(of, float(row["status"] == "alive"))
        if row["status"] == "alive":
            heartbeat.add_metric(of, row["heartbeat_seconds"])
        claims.add_metric(of, counted.get("claimed", 0))
        losses.add_metric(of, counted.get("lost", 0))
        for outcome in _OUTCOMES:
            attempts.add_metric([*of, outcome], counted.get(outcome, 0))
        for name, family in sums.items():
            family.add_metric(of, counted.get(name, 0))
    yield from (alive, heartbeat, claims, attempts, losses, *sums.values())
