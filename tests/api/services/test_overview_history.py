"""The overview of histories that were made by hand, so that its numbers can be counted."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.services.asking import Asking
from tests.api.services.definitions import definition
from tests.controlplane.plane import Plane, failed

Made = tuple[str, float, float | None]
"""An execution: its status, its age in seconds, and how long it took."""


async def history(plane: Plane, made: Sequence[Made], workflow: str = "flow") -> datetime:
    """Inserts executions, and returns the time from which their seconds count: the last full hour."""
    now: datetime = await plane.value("select date_trunc('hour', interlock.now())")
    await plane.execute(
        """insert into interlock.executions (id, version_id, workflow_id, status, input, created_at, started_at, ended_at, change_number,
               workspace_id)
           select interlock.uuidv7(), v.id, v.workflow_id, m.status, '{}', m.at, m.at, m.at + make_interval(secs => m.took),
                  nextval('interlock.change_numbers'), w.workspace_id
           from unnest(%s::text[], %s::timestamptz[], %s::float8[]) m (status, at, took)
           join interlock.workflows w on w.name = %s join interlock.workflow_versions v on v.workflow_id = w.id""",
        [status for status, _, _ in made],
        [now - timedelta(seconds=ago) for _, ago, _ in made],
        [took for _, _, took in made],
        workflow,
    )
    return now


@pytest.fixture(autouse=True)
async def workflows(asking: Asking) -> None:
    for name in ("flow", "other"):
        await asking.ask("create_workflow", definition=definition(name))


async def overview(asking: Asking, **request: Any) -> Any:
    return await asking.ask("get_overview", **request)


async def test_nothing_happened(asking: Asking) -> None:
    seen = await overview(asking)
    assert (seen.buckets, seen.failing_nodes, seen.waiting, seen.durations.count, seen.durations.p50_seconds) == ([], [], [], 0, None)
    assert abs((seen.at - datetime.now(UTC)).total_seconds()) < 60


async def test_each_bucket_counts_the_executions_made_in_it(asking: Asking) -> None:
    now = await history(
        asking.plane,
        [
            ("completed", 0, 5),
            ("completed", 59, 5),
            ("completed", 60, 5),
            ("failed", 60, 1),
            ("cancelled", 61, 1),
            ("timed_out", 119, 1),
            ("running", 120, None),
            ("completed", 100 * 3_600, 5),
        ],
    )
    await history(asking.plane, [("completed", 30, 1)], "other")
    seen = await overview(asking, window_minutes=180)
    minute = seen.bucket_seconds // 60
    assert minute == 5
    counted = {bucket.at: (bucket.started, bucket.completed, bucket.failed) for bucket in seen.buckets}
    assert counted == {now: (1, 1, 0), now - timedelta(minutes=5): (7, 3, 3)}
    of_one = await overview(asking, window_minutes=180, workflow="flow")
    assert {bucket.at: bucket.started for bucket in of_one.buckets} == {now: 1, now - timedelta(minutes=5): 6}
    month = await overview(asking, window_minutes=43_200)
    assert sum(bucket.started for bucket in month.buckets) == 9
    assert len(month.buckets) <= 60


async def test_durations_are_those_of_executions_that_completed_within_the_window(asking: Asking) -> None:
    await history(asking.plane, [("completed", 1, float(n)) for n in range(1, 102)])
    await history(asking.plane, [("failed", 1, 10_000.0), ("running", 1, None), ("completed", 100 * 3_600, 10_000.0)])
    seen = (await overview(asking, window_minutes=180)).durations
    assert (seen.count, seen.p50_seconds, seen.p95_seconds, seen.p99_seconds) == (101, 51.0, 96.0, 100.0)
    whole = (await overview(asking, window_minutes=43_200)).durations
    assert whole.count == 102


async def test_a_long_execution_counts_when_it_completed(asking: Asking) -> None:
    await history(asking.plane, [("completed", 100 * 3_600, 100 * 3_600 - 60.0)])
    seen = await overview(asking, window_minutes=180)
    assert (seen.durations.count, seen.buckets) == (1, [])


async def test_nodes_that_fail_most_come_first_with_their_last_message(asking: Asking) -> None:
    worker = await asking.plane.worker()
    for name, times in (("flow", 3), ("other", 1)):
        for n in range(times):
            await asking.ask("run_workflow", workflow=name)
            await worker.report(failed((await worker.claim())["work/1"], f"error {n}", retryable=False))
    seen = (await overview(asking)).failing_nodes
    assert [(one.workflow, one.node_id, one.count, one.last_message) for one in seen] == [
        ("flow", "work", 3, "it was error 2"),
        ("other", "work", 1, "it was error 0"),
    ]
    last = (await asking.ask("list_executions", workflow="flow", limit=1)).items[0]
    assert seen[0].last_execution_id == last.id
    assert [one.workflow for one in (await overview(asking, workflow="other")).failing_nodes] == ["other"]


async def test_what_waits_is_counted_by_what_it_waits_for_and_since_when(asking: Asking) -> None:
    worker = await asking.plane.worker()
    await asking.plane.admit_waits()
    for reason, times in (("person", 2), ("signal", 3)):
        for _ in range(times):
            await asking.ask("run_workflow", workflow="flow")
            held = (await worker.claim())["work/1"]
            result = {"outcome": "waiting", "wait": {"for": reason}, **{key: held.row[key] for key in ("execution_id", "assignment_id", "attempt")}}
            await worker.report(result)
            await asking.plane.pass_time(10, tick=False)
    seen = (await overview(asking)).waiting
    assert [(one.wait_for, one.count) for one in seen] == [("signal", 3), ("person", 2)]
    assert 15 < (seen[0].oldest_at - seen[1].oldest_at).total_seconds() < 60
    counts = {one.status: one.count for one in (await asking.ask("count_executions")).counts if one.count}
    assert counts == {"paused": 2, "waiting": 3}


async def test_workers_and_findings_are_returned(asking: Asking) -> None:
    async def levels() -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for finding in (await overview(asking)).findings:
            found.setdefault(finding.check, set()).add(finding.level)
        return found

    assert (await levels())["workers"] == {"warning"}
    await asking.ask("run_workflow", workflow="flow")
    assert (await levels())["queues"] == {"error"}, "something is due and nobody serves its queue"
    alive, stopped, lost = await asking.plane.worker(), await asking.plane.worker(), await asking.plane.worker(lease=10)
    await alive.claim()
    await asking.plane.control.stop_worker(stopped.id)
    assert (await levels())["workers"] == {"ok"}
    await asking.plane.pass_time(11)
    assert {(one.id, one.status, one.running) for one in (await asking.ask("list_workers")).items} == {
        (alive.id, "alive", 1),
        (stopped.id, "stopped", 0),
        (lost.id, "lost", 0),
    }
    [queue] = [one for one in (await asking.ask("list_queues")).items if one.queue == "default"]
    assert (queue.due, queue.running, queue.workers) == (0, 1, 1)
    await asking.plane.pass_time(2 * 3_600)
    assert {one.id for one in (await asking.ask("list_workers")).items} == {alive.id}


async def test_only_the_newest_whole_buckets_are_returned_if_there_are_too_many_executions(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interlock.insight.overview.BUCKET_LIMIT", 10)
    now = await history(asking.plane, [("completed", 60.0 * n, 1.0) for n in range(30)] + [("failed", 60.0, 1.0), ("failed", 12 * 60.0, 1.0)])
    seen = (await overview(asking, window_minutes=180)).buckets
    assert [(bucket.at, bucket.started, bucket.failed) for bucket in seen] == [(now - timedelta(minutes=5), 6, 1), (now, 1, 0)]
    monkeypatch.setattr("interlock.insight.overview.BUCKET_LIMIT", 1)
    assert [bucket.at for bucket in (await overview(asking, window_minutes=180)).buckets] == [now]
