"""retry: a new execution takes over completed visits, restores visits that the end cancelled, and begins failed visits anew."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from interlock.errors import ExecutionNotEnded, ExecutionNotFound, LockHeld, NothingToRetry, VersionIncompatible
from tests.controlplane.plane import Plane, TestWorker, completed, failed, result
from tests.model.graphs import flow, step


async def outputs(plane: Plane, execution: UUID) -> dict[str, Any]:
    rows = await plane.rows(
        "select node_id || '/' || visit as name, output from interlock.assignment_details where execution_id = %s and status = 'completed'", execution
    )
    return {row["name"]: row["output"] for row in rows if row["name"] != "S/1"}


async def failed_chain(plane: Plane) -> tuple[UUID, TestWorker]:
    """A completed, B failed, C never began."""
    await plane.deploy([step("A"), step("B"), step("C")], ["S -> A", "A -> B", "B -> C"])
    execution = await plane.start(n=1)
    worker = await plane.worker()
    await worker.report(completed((await worker.claim())["A/1"], {"a": 1}))
    await worker.report(failed((await worker.claim())["B/1"], retryable=False))
    assert await plane.status(execution) == "failed"
    return execution, worker


async def test_d32_completed_visits_are_not_done_again(plane: Plane) -> None:
    """D32: checkpoints are reused, visit by visit."""
    old, worker = await failed_chain(plane)
    new = await plane.control.retry(old, by="ann")
    assert await plane.visits(new) == {"A/1": "completed", "B/1": "pending"}
    held = await worker.claim()
    assert list(held) == ["B/1"]
    assert held["B/1"].input == {"a": 1}
    assert (held["B/1"].row["attempt"], held["B/1"].row["loss_count"]) == (1, 0)
    await worker.report(completed(held["B/1"], {"b": 2}))
    await worker.work()
    row = await plane.execution(new)
    assert (row["status"], row["retried_from"], row["root_id"], row["input"]) == ("completed", old, old, {"n": 1})
    assert await plane.status(old) == "failed", "the old one stays as it was"


async def test_outputs_are_referred_to_not_copied(plane: Plane) -> None:
    old, _worker = await failed_chain(plane)
    new = await plane.control.retry(old)
    [row] = await plane.rows(
        """select a.output, a.source_execution_id, a.source_id = a.id as same
           from interlock.assignments a join interlock.nodes n using (version_id, node_no) where a.execution_id = %s and n.node_id = 'A'""",
        new,
    )
    assert row == {"output": None, "source_execution_id": old, "same": True}
    assert await outputs(plane, new) == {"A/1": {"a": 1}}


async def test_d33_idempotency_keys_are_stable_over_retries(plane: Plane) -> None:
    """D33."""
    old, worker = await failed_chain(plane)
    first = await plane.control.retry(old)
    held = (await worker.claim())["B/1"]
    assert held.row["idempotency_key"] == f"{old}:B:1"
    await worker.report(failed(held, retryable=False))
    second = await plane.control.retry(first)
    held = (await worker.claim())["B/1"]
    assert held.row["idempotency_key"] == f"{old}:B:1"
    assert held.input == {"a": 1}
    await worker.report(completed(held, {"b": 3}))
    assert await worker.work() == ["C/1"]
    row = await plane.execution(second)
    assert (row["root_id"], row["retried_from"], row["status"]) == (old, first, "completed")
    assert await outputs(plane, second) == {"A/1": {"a": 1}, "B/1": {"b": 3}, "C/1": {}}
    [source] = await plane.rows("select source_execution_id from interlock.assignments where execution_id = %s and source_id is not null", second)
    assert source["source_execution_id"] == old, "the reference goes to where the output is"


async def test_retrying_the_same_execution_again_creates_another(plane: Plane) -> None:
    old, _ = await failed_chain(plane)
    first, second = await plane.control.retry(old), await plane.control.retry(old)
    assert len({old, first, second}) == 3
    assert await plane.visits(first) == await plane.visits(second)


async def test_visits_that_the_failure_cancelled_are_restored(plane: Plane) -> None:
    edges = [*(f"S -> {name}" for name in "ABCDE"), "A -> J", "B -> J", "W -> J", "S -> W"]
    nodes = [step("A"), step("B"), step("C", retry={"max_attempts": 5, "initial_seconds": 100, "jitter": 0}), step("D"), step("E", queue="other")]
    await plane.deploy([*nodes, flow("W", "WAIT", {"seconds": 200}), step("J")], edges)
    old = await plane.start(n=1)
    worker = await plane.worker()
    held = await worker.claim()
    await worker.report(completed(held["A/1"], {"a": 1}), failed(held["C/1"], "odd"))
    assert await plane.visits(old) == {
        "A/1": "completed", "B/1": "running", "C/1": "pending", "D/1": "running", "E/1": "pending", "W/1": "waiting", "J/1": "holding",
    }  # fmt: skip
    await plane.pass_time(40)
    await worker.report(failed(held["B/1"], retryable=False))
    assert set((await plane.visits(old)).values()) == {"completed", "failed", "cancelled"}

    new = await plane.control.retry(old)
    assert await plane.visits(new) == {
        "A/1": "completed", "B/1": "pending", "C/1": "pending", "D/1": "pending", "E/1": "pending", "W/1": "waiting", "J/1": "holding",
    }  # fmt: skip
    again = await worker.claim()
    assert sorted(again) == ["B/1", "D/1"], "C waits for the rest of its delay"
    await plane.pass_time(61)
    more = await worker.claim()
    assert list(more) == ["C/1"]
    assert more["C/1"].row["attempt"] == 2
    await worker.report(completed(again["B/1"], {"b": 2}), completed(again["D/1"]), completed(more["C/1"]))
    assert (await plane.visits(new))["J/1"] == "holding"
    await plane.pass_time(100)
    assert (await worker.claim())["J/1"].input == {"a": 1, "b": 2, "n": 1}
    assert list(await (await plane.worker("other")).claim()) == ["E/1"]


async def test_visits_that_ran_at_the_failure_begin_at_once(plane: Plane) -> None:
    """The time limit of the old attempt is not a delay of the new one."""
    await plane.deploy([step("A"), step("B", timeout_seconds=1000)], ["S -> A", "S -> B"])
    old = await plane.start()
    worker = await plane.worker()
    held = await worker.claim()
    await worker.report(failed(held["A/1"], retryable=False))
    await plane.control.retry(old)
    assert sorted(await worker.claim()) == ["A/1", "B/1"]


async def test_visits_that_were_done_at_the_end_leave(plane: Plane) -> None:
    """D32: A completed in the exchange in which B failed, so it had not left."""
    await plane.deploy([step("A"), step("B"), step("C"), step("J")], ["S -> A", "S -> B", "A -> C", "A -> J", "B -> J"])
    old = await plane.start()
    worker = await plane.worker()
    held = await worker.claim()
    await worker.report(completed(held["A/1"], {"a": 1}), failed(held["B/1"], retryable=False))
    assert await plane.visits(old) == {"A/1": "completed", "B/1": "failed"}
    new = await plane.control.retry(old)
    assert await plane.visits(new) == {"A/1": "completed", "B/1": "pending", "C/1": "pending", "J/1": "holding"}
    held = await worker.claim()
    assert held["C/1"].input == {"a": 1}
    await worker.report(completed(held["B/1"], {"b": 2}), completed(held["C/1"]))
    assert (await worker.claim())["J/1"].input == {"a": 1, "b": 2}


async def test_from_a_node_visits_that_failed_elsewhere_begin_anew_too(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B")], ["S -> A", "S -> B"])
    old = await plane.start()
    worker = await plane.worker()
    held = await worker.claim()
    await worker.report(completed(held["B/1"]))
    await worker.report(failed(held["A/1"], retryable=False))
    new = await plane.control.retry(old, "B")
    assert sorted(await worker.work()) == ["A/1", "B/1"]
    assert await plane.status(new) == "completed"


async def test_from_a_node_the_visits_that_followed_it_are_left_out(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B"), step("C"), step("J")], ["S -> A", "S -> C", "A -> B", "B -> J", "C -> J"])
    old = await plane.start()
    worker = await plane.worker()
    assert sorted(await worker.work()) == ["A/1", "B/1", "C/1", "J/1"]
    assert await plane.status(old) == "completed"
    new = await plane.control.retry(old, "B")
    assert await plane.visits(new) == {"A/1": "completed", "C/1": "completed", "B/1": "pending", "J/1": "holding"}
    assert await worker.work() == ["B/1", "J/1"]
    assert await plane.status(new) == "completed"


@pytest.mark.parametrize("node", ["S", "I", "J"])
async def test_from_any_kind_of_node(plane: Plane, node: str) -> None:
    nodes = [flow("I", "IF", {"condition": "n == 1"}), step("A"), step("B"), flow("J", "JOIN"), step("Z")]
    await plane.deploy(nodes, ["S -> I", "I.true -> A", "I.true -> B", "A -> J", "B -> J", "J -> Z"])
    old = await plane.start(n=1)
    worker = await plane.worker()
    await worker.work()
    new = await plane.control.retry(old, node)
    await plane.control.tick()
    done = await worker.work()
    assert done == (["Z/1"] if node == "J" else ["A/1", "B/1", "Z/1"])
    assert await plane.status(new) == "completed"
    assert (await plane.execution(new))["output"] == (await plane.execution(old))["output"]


async def test_from_a_node_in_a_loop_its_latest_visit_counts(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B")], ["S -> A", "A.again -> A", "A -> B"])
    old = await plane.start()
    worker = await plane.worker()
    for number, port in ((1, "again"), (2, "again"), (3, "main")):
        await worker.report(completed((await worker.claim())[f"A/{number}"], {"round": number}, port=port))
    await worker.work()
    new = await plane.control.retry(old, "A")
    held = await worker.claim()
    assert list(held) == ["A/3"]
    assert held["A/3"].input == {"round": 2}
    assert await plane.visits(new) == {"A/1": "completed", "A/2": "completed", "A/3": "running"}


async def test_a_cancelled_execution_goes_on_where_it_was(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    old = await plane.start()
    worker = await plane.worker()
    await worker.report(completed((await worker.claim())["A/1"], {"a": 1}))
    await plane.control.cancel(old)
    new = await plane.control.retry(old)
    assert await plane.visits(new) == {"A/1": "completed", "B/1": "pending"}
    assert await worker.work() == ["B/1"]
    assert await plane.status(new) == "completed"


async def test_a_timed_out_execution_goes_on_with_new_time(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"], timeout_seconds=60)
    old = await plane.start()
    worker = await plane.worker()
    await worker.report(completed((await worker.claim())["A/1"]))
    await plane.pass_time(61)
    assert await plane.status(old) == "timed_out"
    new = await plane.control.retry(old)
    await plane.control.tick()
    assert await plane.status(new) == "running"
    await plane.pass_time(59)
    assert await plane.status(new) == "running"
    await plane.pass_time(2)
    assert await plane.status(new) == "timed_out"


async def test_a_wait_for_a_person_waits_again(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B")], ["S -> A", "S -> B"])
    old = await plane.start()
    worker = await plane.worker()
    held = await worker.claim()
    await plane.admit_waits()
    await worker.report(result(held["B/1"], "waiting", wait={"for": "person", "seconds": 500}))
    await worker.report(failed(held["A/1"], retryable=False))
    new = await plane.control.retry(old)
    assert await plane.visits(new) == {"A/1": "pending", "B/1": "waiting"}
    assert (await plane.visit(new, "B/1"))["wait_for"] == "person"


async def test_a_visit_that_an_operator_cancelled_begins_anew(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B"), step("C")], ["S -> A", "S -> B", "A -> C"])
    old = await plane.start()
    worker = await plane.worker()
    held = await worker.claim()
    await worker.report(completed(held["B/1"]))
    await plane.control.cancel_assignment(old, held["A/1"].assignment_id)
    assert await plane.status(old) == "failed"
    new = await plane.control.retry(old)
    assert await worker.work() == ["A/1", "C/1"]
    assert await plane.status(new) == "completed"


async def test_a_failure_that_was_caught_is_not_retried(plane: Plane) -> None:
    await plane.deploy([step("A", on_error="continue"), step("B")], ["S -> A", "A -> B"])
    old = await plane.start()
    worker = await plane.worker()
    await worker.report(failed((await worker.claim())["A/1"], retryable=False))
    await worker.report(failed((await worker.claim())["B/1"], retryable=False))
    new = await plane.control.retry(old)
    assert await plane.visits(new) == {"A/1": "failed", "B/1": "pending"}
    assert (await worker.claim())["B/1"].input["error"]["code"] == "broken"


async def test_on_the_newest_version(plane: Plane) -> None:
    old, worker = await failed_chain(plane)
    await plane.deploy([step("X"), step("C"), step("B"), step("A"), step("D")], ["S -> A", "A -> B", "B -> D", "D -> C", "S -> X"])
    new = await plane.control.retry(old, newest=True)
    assert (await plane.execution(new))["version"] == 2
    assert await plane.visits(new) == {"A/1": "completed", "B/1": "pending"}
    assert await worker.work() == ["B/1", "D/1", "C/1"]
    assert await plane.status(new) == "completed"
    assert await outputs(plane, new) == {"A/1": {"a": 1}, "B/1": {}, "D/1": {}, "C/1": {}}


async def test_on_the_newest_version_joins_keep_their_tokens(plane: Plane) -> None:
    edges = ["S -> A", "S -> B", "A -> J", "B -> J"]
    await plane.deploy([step("A"), step("B"), step("J")], edges)
    old = await plane.start()
    worker = await plane.worker()
    held = await worker.claim()
    await worker.report(completed(held["A/1"], {"a": 1}))
    await worker.report(failed(held["B/1"], retryable=False))
    await plane.deploy([step("J"), step("K"), step("B"), step("A")], ["S -> B", "S -> A", "S -> K", "K -> J", "B -> J", "A -> J"])
    new = await plane.control.retry(old, newest=True)
    assert await plane.visits(new) == {"A/1": "completed", "B/1": "pending", "J/1": "holding"}
    await worker.report(completed((await worker.claim())["B/1"], {"b": 2}))
    assert (await worker.claim())["J/1"].input == {"a": 1, "b": 2}
    assert await plane.status(new) == "running"


@pytest.mark.parametrize("lacks", ["node", "connection"])
async def test_a_version_without_the_visited_nodes_is_refused(plane: Plane, lacks: str) -> None:
    await plane.deploy([step("A"), step("B"), step("C"), step("J")], ["S -> A", "S -> B", "A -> J", "B -> J", "S -> C"])
    old = await plane.start()
    worker = await plane.worker()
    held = await worker.claim()
    await worker.report(completed(held["A/1"]))
    await worker.report(failed(held["C/1"], retryable=False))
    if lacks == "node":
        await plane.deploy([step("B"), step("C"), step("J")], ["S -> C", "S -> B", "B -> J", "C -> J"])
    else:
        await plane.deploy([step("A"), step("B"), step("C"), step("J")], ["S -> A", "S -> B", "C -> J", "B -> J", "S -> C"])
    with pytest.raises(VersionIncompatible, match="node A" if lacks == "node" else "A -> J"):
        await plane.control.retry(old, newest=True)
    assert await plane.value("select count(*) from interlock.executions") == 1
    assert await plane.control.retry(old) != old


async def test_an_execution_that_is_open_unknown_or_without_failure_cannot_be_retried(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    execution = await plane.start()
    with pytest.raises(ExecutionNotEnded):
        await plane.control.retry(execution)
    with pytest.raises(ExecutionNotFound):
        await plane.control.retry(uuid4())
    await (await plane.worker()).work()
    with pytest.raises(NothingToRetry, match="Nothing failed"):
        await plane.control.retry(execution)
    with pytest.raises(NothingToRetry, match="Z"):
        await plane.control.retry(execution, "Z")


async def test_visits_that_end_cancelled_are_not_failures(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B"), flow("E", "END")], ["S -> A", "S -> B", "A -> E"])
    execution = await plane.start()
    worker = await plane.worker()
    await worker.report(completed((await worker.claim())["A/1"]))
    assert await plane.visits(execution) == {"A/1": "completed", "B/1": "cancelled", "E/1": "completed"}
    with pytest.raises(NothingToRetry):
        await plane.control.retry(execution)


async def test_an_execution_that_could_not_be_moved_is_retried_after_the_fix(plane: Plane) -> None:
    version = await plane.deploy([step("A"), flow("I", "IF", {"condition": "x == 1"}), step("B")], ["S -> A", "A -> I", "I.true -> B"])
    old = await plane.start()
    worker = await plane.worker()
    inline = await plane.value("select inline::text from interlock.nodes where version_id = %s and node_id = 'I'", version)
    await plane.execute("update interlock.nodes set inline = '{\"rules\": 5}' where version_id = %s and node_id = 'I'", version)
    assert (await worker.exchange(completed((await worker.claim())["A/1"], {"x": 1})))[0] == ["IL099"]
    await plane.execute("update interlock.nodes set inline = %s::jsonb where version_id = %s and node_id = 'I'", inline, version)
    new = await plane.control.retry(old)
    await worker.report(completed((await worker.claim())["A/1"], {"x": 1}))
    assert await worker.work() == ["B/1"]
    assert await plane.status(new) == "completed"


async def test_the_lock_of_the_workflow_is_taken_again(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"], lock="{{ account }}")
    old = await plane.start(account="7")
    await plane.control.tick()
    worker = await plane.worker()
    await worker.report(failed((await worker.claim())["A/1"], retryable=False))
    await plane.execute("select interlock.acquire_workflow_lock('7', 'me')")
    with pytest.raises(LockHeld):
        await plane.control.retry(old)
    await plane.execute("select interlock.release_workflow_lock('7', 'me')")
    new = await plane.control.retry(old)
    assert await plane.value("select interlock.has_workflow_lock('7')")
    await worker.work()
    assert await plane.status(new) == "completed"
    assert not await plane.value("select interlock.has_workflow_lock('7')")


async def test_the_context_is_taken_over(plane: Plane) -> None:
    await plane.deploy([flow("C", "SET_CONTEXT", {"values": {"seen": "{{ n }}"}}), step("A")], ["S -> C", "C -> A"])
    old = await plane.start(n=5)
    worker = await plane.worker()
    await worker.report(failed((await worker.claim())["A/1"], retryable=False))
    new = await plane.control.retry(old)
    assert (await plane.execution(new))["context"] == {"seen": 5}
    assert (await plane.execution(new))["context_revision"] == 1


async def test_a_count_that_could_not_be_filled_holds_again(plane: Plane) -> None:
    await plane.deploy([step("A"), step("B"), step("J", join={"count": 2})], ["S -> A", "S -> B", "A -> J", "B.a -> J"])
    old = await plane.start()
    worker = await plane.worker()
    held = await worker.claim()
    await worker.report(completed(held["A/1"]), completed(held["B/1"]))
    assert (await plane.execution(old))["error"]["code"] == "join_unfilled"
    new = await plane.control.retry(old, "B")
    await worker.report(completed((await worker.claim())["B/1"], port="a"))
    assert await worker.work() == ["J/1"]
    assert await plane.status(new) == "completed"


async def test_from_a_node_nothing_is_late_for_a_visit_that_is_left_out(plane: Plane) -> None:
    """A token that came too late, and a visit that was on its way, count again when the join's visit that went without them is left out."""
    nodes = [step("A"), step("B"), step("C"), step("D"), step("J", join="first"), step("Z")]
    await plane.deploy(nodes, ["S -> A", "S -> B", "S -> C", "A -> J", "B -> J", "C -> D", "D -> J", "J -> Z"])
    old = await plane.start()
    worker = await plane.worker()
    held = await worker.claim()
    await worker.report(completed(held["A/1"], {"a": 1}))
    await worker.report(completed(held["B/1"], {"b": 2}), completed(held["C/1"]))
    assert await plane.rows("select late from interlock.tokens order by token_number") == [{"late": False}, {"late": True}]
    await plane.control.cancel(old)
    new = await plane.control.retry(old, "A")
    assert await plane.visits(new) == {
        "A/1": "pending", "B/1": "completed", "C/1": "completed", "D/1": "pending", "J/1": "pending",
    }  # fmt: skip
    held = await worker.claim()
    assert held["J/1"].input == {"b": 2}, "now B was first"
    await worker.report(*map(completed, held.values()))
    assert await worker.work() == ["Z/1"]
    row = await plane.execution(new)
    assert row["status"] == "completed"
    assert await plane.rows("select late from interlock.tokens where execution_id = %s order by slot", new) == [
        {"late": True}, {"late": False}, {"late": True},
    ]  # fmt: skip


async def test_a_wait_under_a_lock_asks_for_the_key_again(plane: Plane) -> None:
    await plane.deploy([{**flow("W", "WAIT", {"seconds": 60}), "lock": "{{ account }}"}], ["S -> W"])
    old = await plane.start(account="7")
    await plane.control.tick()
    assert await plane.visits(old) == {"W/1": "waiting"}
    await plane.control.cancel(old)
    other = await plane.start(account="7")
    await plane.control.tick()
    new = await plane.control.retry(old)
    await plane.control.tick()
    assert (await plane.visits(other))["W/1"] == "waiting"
    assert (await plane.visits(new))["W/1"] == "pending"
    assert await plane.value("select count(*) from interlock.workflow_locks where lock_key = '7'") == 1


async def test_from_a_node_a_join_that_went_without_its_token_waits_for_it_again(plane: Plane) -> None:
    """J went with the token of Y alone, because X had left through another port. Now X takes the one to J: J and Z have one visit each."""
    await plane.deploy([step("X"), step("Y"), step("J"), step("Z")], ["S -> X", "S -> Y", "X.a -> J", "Y -> J", "J -> Z"])
    old = await plane.start()
    worker = await plane.worker()
    held = await worker.claim()
    await worker.report(completed(held["X/1"]), completed(held["Y/1"], {"y": 1}))
    assert await worker.work() == ["J/1", "Z/1"]
    new = await plane.control.retry(old, "X")
    assert await plane.visits(new) == {"X/1": "pending", "Y/1": "completed", "J/1": "holding"}
    await worker.report(completed((await worker.claim())["X/1"], {"x": 1}, port="a"))
    held = await worker.claim()
    assert held["J/1"].input == {"x": 1, "y": 1}
    await worker.report(completed(held["J/1"]))
    assert await worker.work() == ["Z/1"]
    assert await plane.status(new) == "completed"


@pytest.mark.parametrize("port", ["main", "a"])
async def test_from_a_node_a_join_that_waits_again_goes_also_if_no_token_comes(plane: Plane, port: str) -> None:
    nodes = [step("X"), step("Y"), flow("J", "JOIN"), step("Z")]
    await plane.deploy(nodes, ["S -> X", "S -> Y", "X.a -> J", "Y -> J", "J -> Z"])
    old = await plane.start()
    worker = await plane.worker()
    assert sorted(await worker.work()) == ["X/1", "Y/1", "Z/1"]
    new = await plane.control.retry(old, "X")
    await worker.report(completed((await worker.claim())["X/1"], port=port))
    assert await worker.work() == ["Z/1"]
    assert await plane.status(new) == "completed"


async def test_from_a_node_a_count_that_was_caught_unfilled_waits_again(plane: Plane) -> None:
    nodes = [step("X"), step("Y"), step("J", join={"count": 2}, on_error="continue"), step("Z")]
    await plane.deploy(nodes, ["S -> X", "S -> Y", "X.a -> J", "Y -> J", "J -> Z"])
    old = await plane.start()
    worker = await plane.worker()
    assert sorted(await worker.work()) == ["X/1", "Y/1", "Z/1"]
    assert (await plane.visits(old))["J/1"] == "failed"
    new = await plane.control.retry(old, "X")
    assert await plane.visits(new) == {"X/1": "pending", "Y/1": "completed", "J/1": "holding"}
    await worker.report(completed((await worker.claim())["X/1"], port="a"))
    assert await worker.work() == ["J/1", "Z/1"]
    assert await plane.status(new) == "completed"


@pytest.mark.parametrize("late", ["swallow", "hold", "cancel"])
async def test_from_a_node_a_count_that_had_enough_without_it_stays_and_its_token_is_late(plane: Plane, late: str) -> None:
    """Before: the token opened a second visit of J, which nothing could fill, so that the retry failed."""
    nodes = [*(step(name) for name in "WXY"), step("J", join={"count": 2}, late=late), step("Z")]
    await plane.deploy(nodes, ["S -> W", "S -> X", "S -> Y", "W -> J", "X.a -> J", "Y -> J", "J -> Z"])
    old = await plane.start()
    worker = await plane.worker()
    assert sorted(await worker.work()) == ["J/1", "W/1", "X/1", "Y/1", "Z/1"]
    new = await plane.control.retry(old, "X")
    await worker.report(completed((await worker.claim())["X/1"], port="a"))
    assert await worker.work() == []
    assert set((await plane.visits(new)).items()) == {(f"{name}/1", "completed") for name in "WXYJZ"}
    assert await plane.status(new) == "completed"


async def test_from_a_node_what_waits_beside_it_is_late_with_it(plane: Plane) -> None:
    """H holds again with the token of W, and then brings one token to K, which has gone without it."""
    nodes = [*(step(name) for name in "WXY"), step("H"), step("K", join="first"), step("Z")]
    await plane.deploy(nodes, ["S -> W", "S -> X", "S -> Y", "W -> H", "X -> H", "H.a -> K", "Y -> K", "K -> Z"])
    old = await plane.start()
    worker = await plane.worker()
    held = await worker.claim()
    await worker.report(completed(held["W/1"]), completed(held["X/1"]))
    await worker.report(completed((await worker.claim())["H/1"]))
    await worker.report(completed(held["Y/1"]))
    assert await worker.work() == ["K/1", "Z/1"]
    new = await plane.control.retry(old, "X")
    assert (await plane.visits(new))["H/1"] == "holding"
    await worker.report(completed((await worker.claim())["X/1"]))
    await worker.report(completed((await worker.claim())["H/1"], port="a"))
    assert await worker.work() == []
    assert await plane.status(new) == "completed"


async def test_from_a_node_in_a_loop_the_visits_of_a_join_before_it_stay(plane: Plane) -> None:
    """J/1 went without a token from X, which came of it; J/2 went without one because X/1 had left through another port."""
    nodes = [*(step(name) for name in "JXL")]
    await plane.deploy(nodes, ["S -> J", "J -> X", "J -> L", "X.a -> J", "L.b -> J"])
    old = await plane.start()
    worker = await plane.worker()
    await worker.report(completed((await worker.claim())["J/1"]))
    held = await worker.claim()
    await worker.report(completed(held["L/1"], {"l": 1}, port="b"))
    await worker.report(completed(held["X/1"]))
    await worker.report(completed((await worker.claim())["J/2"], port="nowhere"))
    assert await plane.status(old) == "completed"
    new = await plane.control.retry(old, "X")
    assert await plane.visits(new) == {"J/1": "completed", "L/1": "completed", "X/1": "pending", "J/2": "holding"}
    await worker.report(completed((await worker.claim())["X/1"], {"x": 1}, port="a"))
    assert (await worker.claim())["J/2"].input == {"l": 1, "x": 1}


async def test_on_the_newest_version_a_join_waits_again_for_a_connection_that_is_new(plane: Plane) -> None:
    nodes = [*(step(name) for name in "XYVJZ")]
    edges = ["S -> X", "S -> Y", "S -> V", "V -> J", "Y -> J", "J -> Z"]
    await plane.deploy(nodes, edges)
    old = await plane.start()
    worker = await plane.worker()
    await worker.work()
    await plane.deploy(nodes[::-1], ["S -> X", "S -> Y", "S -> V", "X -> J", "V -> J", "Y -> J", "J -> Z"])
    new = await plane.control.retry(old, "X", newest=True)
    assert await plane.visits(new) == {"X/1": "pending", "Y/1": "completed", "V/1": "completed", "J/1": "holding"}
    assert await worker.work() == ["X/1", "J/1", "Z/1"]
    assert await plane.status(new) == "completed"


@pytest.mark.parametrize("now", [["S -> X", "X -> Z"], ["S -> X", "S -> Z", "X -> Z"], ["S -> X", "X -> Y", "Y -> Z"]])
async def test_a_version_that_leads_again_to_what_was_visited_once_is_refused(plane: Plane, now: list[str]) -> None:
    """Z has completed, and X is still to come; the newest version leads from X to Z."""
    await plane.deploy([step("X"), step("Z")], ["S -> X", "S -> Z"])
    old = await plane.start()
    worker = await plane.worker()
    held = await worker.claim()
    await worker.report(completed(held["Z/1"]))
    await worker.report(failed(held["X/1"], retryable=False))
    await plane.deploy([step("X"), step("Y"), step("Z")] if "Y" in str(now) else [step("X"), step("Z")], now)
    for from_node in (None, "X"):
        with pytest.raises(VersionIncompatible, match="leads to Z"):
            await plane.control.retry(old, from_node, newest=True)
    assert await plane.value("select count(*) from interlock.executions") == 1
    new = await plane.control.retry(old, "S", newest=True)
    await plane.control.tick()
    done = await worker.work()
    assert done.count("X/1") == done.count("Z/1") == 1
    assert await plane.status(new) == "completed"


async def test_from_a_node_a_join_that_holds_again_names_the_token_that_it_keeps(plane: Plane) -> None:
    """B had opened it, and is left out."""
    await plane.deploy([step("A"), step("B"), step("C"), step("J")], ["S -> A", "S -> C", "A -> B", "B -> J", "C -> J"])
    old = await plane.start()
    worker = await plane.worker()
    held = await worker.claim()
    await worker.report(completed(held["A/1"]))
    await worker.report(completed((await worker.claim())["B/1"]))
    await worker.report(completed(held["C/1"]))
    assert await worker.work() == ["J/1"]
    assert (await plane.visit(old, "J/1"))["previous_assignment_id"] == (await plane.visit(old, "B/1"))["id"]
    new = await plane.control.retry(old, "A")
    assert (await plane.visit(new, "J/1"))["previous_assignment_id"] == (await plane.visit(new, "C/1"))["id"]
