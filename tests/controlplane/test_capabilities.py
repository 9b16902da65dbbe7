"""A worker claims only what it can run."""

from uuid import uuid4

from tests.controlplane.plane import Plane, TestWorker, completed, result
from tests.model.graphs import step

SPECIAL = "SPECIAL_NODE/MAGNET"


async def deploy_special(plane: Plane) -> None:
    """A node that needs an executor which not every worker has; one that every worker has before it and after it."""
    await plane.deploy([step("A"), step("M"), step("B")], ["S -> A", "A -> M", "M -> B"])
    await plane.execute("update interlock.nodes set requires = %s where node_id = 'M'", SPECIAL)
    await plane.execute(
        """update interlock.plain_nodes p set requires = n.requires
           from interlock.nodes n where n.version_id = p.version_id and n.node_no = p.next_node"""
    )


async def capable_worker(plane: Plane, *node_types: str) -> TestWorker:
    worker = TestWorker(plane, plane.control, ["test", "default"])
    await plane.control.register_worker(worker.id, "capable", worker.queues, 86_400, {"node_types": list(node_types), "host": "h"})
    return worker


async def test_the_node_types_of_a_worker_are_stored(plane: Plane) -> None:
    worker = await capable_worker(plane, SPECIAL)
    [row] = await plane.rows("select node_types, details from interlock.workers where id = %s", worker.id)
    assert row == {"node_types": [SPECIAL], "details": {"host": "h"}}


async def test_a_worker_without_the_executor_neither_claims_nor_gets_the_assignment(plane: Plane) -> None:
    await deploy_special(plane)
    execution = await plane.start()
    plain, capable = await capable_worker(plane), await capable_worker(plane, SPECIAL)
    held = (await plain.claim())["A/1"]
    _, handed = await plain.exchange(completed(held), limit=10)
    assert handed == []
    assert await plain.claim() == {}
    held = (await capable.claim())["M/1"]
    _, handed = await capable.exchange(completed(held), limit=10)
    assert [one.name for one in handed] == ["B/1"]
    assert (await plane.visits(execution))["M/1"] == "completed"


async def test_a_worker_with_the_executor_gets_the_assignment(plane: Plane) -> None:
    await deploy_special(plane)
    await plane.start()
    capable = await capable_worker(plane, SPECIAL)
    held = (await capable.claim())["A/1"]
    _, handed = await capable.exchange(completed(held), limit=10)
    assert [one.name for one in handed] == ["M/1"]


async def test_an_assignment_that_its_worker_cannot_run_is_claimed_only_by_a_capable_worker(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    execution = await plane.start()
    plain = await capable_worker(plane)
    held = (await plain.claim())["A/1"]
    error = {"code": "executor_missing", "message": "The worker has no executor for it.", "hint": "Install its package."}
    await plain.report(result(held, "released", requires="TEST_NODE/STEP", error=error))
    assert await plane.status(execution) == "running", "it never fails the execution"
    visit = await plane.visit(execution, "A/1")
    assert (visit["status"], visit["attempt"], visit["loss_count"]) == ("pending", 1, 0)
    assert await plain.claim() == {}
    reason = await plane.reason(execution, "A")
    assert (reason.reason, reason.message, reason.hint) == ("no_capable_worker", error["message"], error["hint"])
    capable = await capable_worker(plane, "TEST_NODE/STEP")
    assert (await plane.reason(execution, "A")).reason == "queued"
    await capable.report(completed((await capable.claim())["A/1"]))
    assert await plane.status(execution) == "completed"
    assert (await plane.visit(execution, "A/1"))["error"] is None


async def test_without_any_worker_that_has_it_explain_says_so(plane: Plane) -> None:
    await deploy_special(plane)
    execution = await plane.start()
    plain = await capable_worker(plane, "SPECIAL_NODE/OTHER")
    await plain.report(completed((await plain.claim())["A/1"]))
    reason = await plane.reason(execution, "M")
    assert reason.reason == "no_capable_worker"
    assert SPECIAL in reason.message
    assert reason.hint
    assert reason.details["requires"] == SPECIAL


async def test_the_assignment_of_a_lost_worker_goes_only_to_a_capable_worker(plane: Plane) -> None:
    await deploy_special(plane)
    await plane.start()
    first = await capable_worker(plane, SPECIAL)
    await first.report(completed((await first.claim())["A/1"]))
    await first.claim()
    await plane.control.stop_worker(first.id)
    assert await (await capable_worker(plane)).claim() == {}
    assert list(await (await capable_worker(plane, SPECIAL)).claim()) == ["M/1"]


async def test_node_types_that_are_not_a_list_count_as_none(plane: Plane) -> None:
    worker = uuid4()
    await plane.control.register_worker(worker, "odd", ["test"], 60, {"node_types": "everything"})
    assert await plane.value("select node_types from interlock.workers where id = %s", worker) == []


async def test_a_result_that_takes_too_long_fails_its_execution_and_no_other(plane: Plane) -> None:
    await plane.deploy([step("A", on_error="continue"), step("B")], ["S -> A", "A -> B"])
    slow, other = await plane.start(n=1), await plane.start(n=2)
    worker = await capable_worker(plane)
    _, held = await worker.exchange(limit=2)
    by_execution = {one.execution_id: one for one in held}
    error = {"code": "statement_too_slow", "message": "It took longer than 30 seconds.", "hint": "Make it smaller."}
    answers, _ = await worker.exchange(result(by_execution[slow], "broken", error=error), completed(by_execution[other]))
    assert answers == ["IL099", "ok"]
    assert await plane.status(slow) == "failed"
    assert (await plane.execution(slow))["error"] == error
    assert (await plane.visits(slow)) == {"A/1": "cancelled"}
    assert (await plane.visits(other)) == {"A/1": "completed", "B/1": "pending"}
    answers, _ = await worker.exchange(result(by_execution[slow], "broken", error=error))
    assert answers == ["IL002"], "a repeat changes nothing"
