from tests.api.services.asking import Asking
from tests.api.services.definitions import definition
from tests.controlplane.plane import completed, failed


async def test_the_overview_counts_what_happened_within_the_window(asking: Asking) -> None:
    for name in ("flow", "other"):
        await asking.ask("create_workflow", definition=definition(name))
    worker = await asking.plane.worker()
    for n in range(6):
        await asking.ask("run_workflow", workflow="other" if n == 5 else "flow")
        if n < 4:
            held = (await worker.claim())["work/1"]
            await asking.plane.pass_time(2, tick=False)
            await worker.report(failed(held, retryable=False) if n == 3 else completed(held))
    overview = await asking.ask("get_overview", window_minutes=60)
    sums = [sum(getattr(bucket, name) for bucket in overview.buckets) for name in ("started", "completed", "failed")]
    assert (sums, overview.bucket_seconds, overview.durations.count) == ([6, 3, 1], 60, 3)
    assert 1.9 < overview.durations.p50_seconds < 60
    [failing] = overview.failing_nodes
    assert (failing.workflow, failing.node_id, failing.count, failing.last_message) == ("flow", "work", 1, "it was broken")
    assert {finding.check for finding in overview.findings} >= {"server", "settings", "workers", "queues", "executions"}
    of_one = await asking.ask("get_overview", workflow="other")
    assert ([bucket.started for bucket in of_one.buckets], of_one.failing_nodes) == ([1], [])
    await asking.plane.pass_time(3_600 * 3, tick=False)
    assert (await asking.ask("get_overview", window_minutes=60)).buckets == []


async def test_the_overview_counts_what_executions_wait_for(asking: Asking) -> None:
    raw = definition()
    raw["nodes"][1] = {"id": "work", "type": "FLOW_NODE", "subtype": "WAIT", "parameters": {"seconds": 600}}
    await asking.ask("create_workflow", definition=raw)
    await asking.ask("run_workflow", workflow="flow")
    [waiting] = (await asking.ask("get_overview")).waiting
    assert (waiting.wait_for, waiting.count) == ("time", 1)
