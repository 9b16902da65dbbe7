"""The state of the installation: throughput, failures, durations, what waits, workers, queues, health."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from interlock.api.models.base import Answer, Request, WorkflowReference
from interlock.insight.records.installation import Durations, FailingNode, Finding, OverviewBucket, QueueSummary, WaitingFor, WorkerSummary


class GetOverview(Request):
    """Returns throughput, failures, durations, what waits and what `interlock doctor` finds, over a window of time."""

    window_minutes: Annotated[int, Field(ge=5, le=43_200)] = 60
    workflow: WorkflowReference | None = None


class ListWorkers(Request):
    """Lists the workers that are alive, and those that stopped or were lost within the last hour."""


class ListQueues(Request):
    """Lists the queues that have open assignments, or that a worker serves."""


class Overview(Answer):
    """The state of the installation within a window of time."""

    at: datetime
    window_minutes: int
    bucket_seconds: int
    buckets: list[OverviewBucket]
    durations: Durations
    failing_nodes: list[FailingNode]
    waiting: list[WaitingFor]
    findings: list[Finding]


class WorkerList(Answer):
    """Workers."""

    items: list[WorkerSummary]


class QueueList(Answer):
    """Queues."""

    items: list[QueueSummary]
