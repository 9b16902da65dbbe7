"""Prometheus metrics: what the database says about queues, executions and workers, and what this process counted of its requests.

Every API process returns the same figures of the database, so scrape one of them, or take `max` over all. `interlock_api_*` are the process' own.
What belongs to a workspace has its name as a label.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, LiteralString

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from interlock.insight.open_assignments import SERVES
from interlock.insight.reading import Pool, Row, Scope, in_workspace, read_rows
from interlock.insight.request_metrics import REQUESTS

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

# One pass over the open assignments, which have a partial index.
_OPEN: LiteralString = f"""
    select n.name as workspace, coalesce(interlock.unscoped_name(o.queue), '') as queue, o.status, coalesce(o.wait_for, '') as wait_for, o.total,
           o.suspended, o.due, o.oldest_seconds
    from (
        select w.workspace_id, a.queue, a.status, a.wait_for,
               count(*) as total,
               count(*) filter (where a.suspended) as suspended,
               count(*) filter (where a.due_at <= (select interlock.now()) and not a.suspended) as due,
               extract(epoch from interlock.now() - min(a.due_at) filter (where not a.suspended and a.due_at < 'infinity'))::float8 as oldest_seconds
        from interlock.assignments a
        join interlock.workflow_versions v on v.id = a.version_id
        join interlock.workflows w on w.id = v.workflow_id
        where a.ended_at is null and v.kind = 'published' and {in_workspace("w")}
        group by w.workspace_id, a.queue, a.status, a.wait_for
    ) o
    join interlock.workspaces n on n.id = o.workspace_id
    order by o.total desc, o.workspace_id, o.queue, o.status, o.wait_for limit %(limit)s
"""
_EXECUTIONS: Final = """
    select n.name as workspace, o.status, o.total, o.suspended
    from (
        select w.id, s.status, count(*) as total, count(e.suspended_at) as suspended
        from interlock.workspaces w
        cross join unnest('{pending,running,waiting,paused}'::text[]) s (status)
        cross join lateral (
            select x.suspended_at from interlock.executions x where x.workspace_id = w.id and x.status = s.status and x.test is null) e
        where coalesce(%(workspace)s::integer, w.id) = w.id
        group by w.id, s.status
    ) o
    join interlock.workspaces n on n.id = o.id
    order by o.total desc, o.id, o.status
"""
_WORKSPACES: Final = """
    select w.id, w.name, w.stored_bytes from interlock.workspaces w
    where w.deleted_at is null and coalesce(%(workspace)s::integer, w.id) = w.id
    order by w.stored_bytes desc nulls last, w.id limit %(limit)s
"""
_WORKERS: LiteralString = f"""
    select w.id::text, w.name, w.status, w.queues, w.statistics,
           extract(epoch from interlock.now() - w.heartbeat_at)::float8 as heartbeat_seconds
    from interlock.workers w
    where (w.status = 'alive' or w.ended_at > interlock.now() - interval '1 day')
        and {SERVES}
    order by w.status = 'alive' desc, w.heartbeat_at desc, w.id limit %(limit)s
"""
SERIES_LIMIT: Final = 1_000
"""Maximum number of workers, of queues, and of workspaces times statuses, that have series of their own, whatever names there are."""
OTHERS: Final = "(others)"
"""In place of the name of a workspace: all those that have no series of their own."""
_OUTCOMES: Final = ("completed", "failed", "waiting", "released", "void")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a reader of metrics may see.

    Attributes:
        workspace_id: the only workspace whose figures are shown; None: all.
        sees_installation: whether workers, and requests of the process, are shown.
        refusals: how many requests this process refused, by the id of the workspace and the name of the limit.
    """

    workspace_id: int | None = None
    sees_installation: bool = True
    refusals: Mapping[tuple[int, str], int] = field(default_factory=dict)


async def metrics_text(pool: Pool, sight: Sight | None = None) -> bytes:
    """Return the metrics in the exposition format; its content type is `CONTENT_TYPE`.

    Raises:
        DatabaseUnavailable: no answer came.
    """
    seen = sight or Sight()
    scope = Scope(pool, seen.workspace_id)
    found = [
        *_assignment_metrics(await read_rows(scope, _OPEN, limit=SERIES_LIMIT)),
        *_execution_metrics(await read_rows(scope, _EXECUTIONS)),
        *_workspace_metrics(await read_rows(scope, _WORKSPACES, limit=SERIES_LIMIT), seen.refusals),
    ]
    if seen.sees_installation:
        found += _worker_metrics(await read_rows(scope, _WORKERS, limit=SERIES_LIMIT))
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(found))
    return generate_latest(registry) + (generate_latest(REQUESTS) if seen.sees_installation else b"")


class _Collected(Collector):
    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _assignment_metrics(rows: Sequence[Row]) -> Iterator[Metric]:
    of_queue = ["workspace", "queue"]
    depth = GaugeMetricFamily(
        "interlock_queue_depth", "Assignments that wait for a worker: due now, or later (a retry).", labels=[*of_queue, "state"]
    )
    lag = GaugeMetricFamily("interlock_claim_lag_seconds", "How long the oldest due assignment of a queue has waited for a worker.", labels=of_queue)
    running = GaugeMetricFamily("interlock_assignments_running", "Assignments that a worker runs.", labels=of_queue)
    waiting = GaugeMetricFamily(
        "interlock_assignments_waiting", "Assignments that wait without a worker, by what they wait for.", labels=["workspace", "wait_for"]
    )
    suspended = GaugeMetricFamily("interlock_assignments_suspended", "Pending assignments of suspended executions.", labels=of_queue)
    late = 0.0
    by_reason: Counter[tuple[str, str]] = Counter()
    for row in rows:
        oldest = max(0.0, row["oldest_seconds"] or 0.0)
        queue = [row["workspace"], row["queue"]]
        match row["status"]:
            case "pending" if row["queue"]:
                depth.add_metric([*queue, "due"], row["due"])
                depth.add_metric([*queue, "delayed"], row["total"] - row["suspended"] - row["due"])
                lag.add_metric(queue, oldest if row["due"] else 0.0)
                suspended.add_metric(queue, row["suspended"])
            case "running":
                running.add_metric(queue, row["total"])
            case "waiting":
                by_reason[row["workspace"], row["wait_for"]] += row["total"]
                late = max(late, oldest)
            case _:
                late = max(late, oldest)
    for reason, total in by_reason.items():
        waiting.add_metric(list(reason), total)
    overdue = GaugeMetricFamily("interlock_tick_overdue_seconds", "How late the most overdue timer is; a tick should have handled it.", value=late)
    yield from (depth, lag, running, waiting, suspended, overdue)


def _execution_metrics(rows: Sequence[Row]) -> Iterator[Metric]:
    totals: Counter[tuple[str, str]] = Counter()
    suspended: Counter[str] = Counter()
    for number, row in enumerate(rows):
        workspace = row["workspace"] if number < SERIES_LIMIT else OTHERS
        totals[workspace, row["status"]] += row["total"]
        suspended[workspace] += row["suspended"]
    opened = GaugeMetricFamily("interlock_executions_open", "Executions that have not ended.", labels=["workspace", "status"])
    for of, total in totals.items():
        opened.add_metric(list(of), total)
    stopped = GaugeMetricFamily("interlock_executions_suspended", "Executions that an operator has suspended.", labels=["workspace"])
    for workspace, total in suspended.items():
        stopped.add_metric([workspace], total)
    yield from (opened, stopped)


def _workspace_metrics(rows: Sequence[Row], refusals: Mapping[tuple[int, str], int]) -> Iterator[Metric]:
    stored = GaugeMetricFamily("interlock_workspace_stored_bytes", "What a workspace stores, as measured last.", labels=["workspace"])
    refused = CounterMetricFamily(
        "interlock_api_refusals",
        "Requests of a workspace that this API process refused, by the limit that they exceeded.",
        labels=["workspace", "limit"],
    )
    names = {row["id"]: row["name"] for row in rows}
    for row in rows:
        if row["stored_bytes"] is not None:
            stored.add_metric([row["name"]], row["stored_bytes"])
    for (workspace_id, limit), count in sorted(refusals.items()):
        if workspace_id in names:
            refused.add_metric([names[workspace_id], limit], count)
    yield from (stored, refused)


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
