"""start_executions: many at once, with an answer for each."""

from uuid import UUID

import pytest

from interlock.errors import BadRequest, TriggerNotFound, WorkflowNotFound, WorkflowVersionNotFound
from tests.controlplane.plane import Plane, completed
from tests.model.graphs import flow, step


async def test_a_batch_is_answered_in_its_order(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    started = await plane.control.start_executions("flow", [{"input": {"n": n}} for n in range(20)])
    assert all(one.created for one in started)
    for number, one in enumerate(started):
        assert one.execution_id
        assert (await plane.execution(one.execution_id))["input"] == {"n": number}


async def test_starting_no_executions_returns_no_answers(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    assert await plane.control.start_executions("flow", []) == []


async def test_the_same_idempotency_key_is_the_same_execution(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    [first] = await plane.control.start_executions("flow", [{"input": {"n": 1}, "idempotency_key": "order 7"}])
    [again] = await plane.control.start_executions("flow", [{"input": {"n": 2}, "idempotency_key": "order 7"}])
    assert first.created
    assert not again.created
    assert again.execution_id == first.execution_id
    assert await plane.value("select count(*) from interlock.executions") == 1


async def test_the_same_key_twice_in_a_batch_starts_once(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    items: list[dict[str, object]] = [{"input": {}, "idempotency_key": key} for key in ("a", "b", "a")]
    first, other, again = await plane.control.start_executions("flow", items)
    assert (first.created, other.created, again.created) == (True, True, False)
    assert again.execution_id == first.execution_id != other.execution_id


async def test_a_key_counts_for_its_workflow_only(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"], name="one")
    await plane.deploy([step("A")], ["S -> A"], name="two")
    [one] = await plane.control.start_executions("one", [{"idempotency_key": "k"}])
    [two] = await plane.control.start_executions("two", [{"idempotency_key": "k"}])
    assert two.created
    assert one.execution_id != two.execution_id


async def test_a_key_lives_as_long_as_its_execution_and_survives_versions_names_and_time(plane: Plane) -> None:
    async def start(workflow: str) -> tuple[UUID, bool]:
        [started] = await plane.control.start_executions(workflow, [{"idempotency_key": "k"}])
        assert started.execution_id is not None
        return started.execution_id, started.created

    await plane.deploy([step("A")], ["S -> A"])
    first, is_new = await start("flow")
    assert is_new
    await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])  # another version
    assert await start("flow") == (first, False)
    await plane.execute("update interlock.workflows set name = 'renamed'")
    assert await start("renamed") == (first, False)
    await plane.control.cancel(first, "no")
    await plane.pass_time(400 * 86_400)
    assert await start("renamed") == (first, False)
    workflow = await plane.value("select id from interlock.workflows")
    await plane.control.delete_workflow(workflow)
    await plane.deploy([step("A")], ["S -> A"], name="renamed")  # the name again, but another workflow
    other, is_new = await start("renamed")
    assert is_new
    assert other != first


async def test_a_retry_and_a_start_share_the_keys_of_their_workflow(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    [first] = await plane.control.start_executions("flow", [{"idempotency_key": "k"}])
    assert first.execution_id is not None
    await plane.control.cancel(first.execution_id, "no")
    retried = await plane.control.retry_once(first.execution_id, idempotency_key="again")
    assert retried.created
    same = await plane.control.retry_once(first.execution_id, idempotency_key="again")
    assert (same.execution_id, same.created) == (retried.execution_id, False)
    with pytest.raises(BadRequest, match="no retry of this one"):
        await plane.control.retry_once(first.execution_id, idempotency_key="k")
    [started] = await plane.control.start_executions("flow", [{"idempotency_key": "again"}])
    assert (started.execution_id, started.created) == (retried.execution_id, False)


async def test_a_refused_start_does_not_take_the_key_of_a_valid_one(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    items = [{"idempotency_key": "k", "subject": "s" * 501}, {"idempotency_key": "k"}, {"idempotency_key": "k"}]
    refused, good, same = await plane.control.start_executions("flow", items)
    assert refused.error
    assert refused.error["code"] == "IL013"
    assert good.created
    assert same.execution_id == good.execution_id


async def test_a_malformed_item_affects_no_other(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    items = ["nonsense", {"input": {"n": 1}}, 5, None, {"input": {}, "subject": "s" * 501}, {"input": {}, "idempotency_key": "k" * 501}]
    text = "select interlock.start_executions('flow', %s::jsonb)"
    import json

    answers = await plane.value(text, json.dumps(items))
    assert [answer.get("error", {}).get("code") for answer in answers] == ["IL013", None, "IL013", "IL013", "IL013", "IL013"]
    assert await plane.value("select count(*) from interlock.executions") == 1


@pytest.mark.parametrize(("given", "kept"), [(5, {"value": 5}), ([1], {"value": [1]}), ("x", {"value": "x"}), (None, {}), ({"a": None}, {"a": None})])
async def test_an_input_that_is_not_an_object_becomes_one(plane: Plane, given: object, kept: object) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    [started] = await plane.control.start_executions("flow", [{"input": given}])
    assert started.execution_id
    assert (await plane.execution(started.execution_id))["input"] == kept


async def test_a_batch_that_is_not_an_array_or_too_long_is_refused(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    with pytest.raises(BadRequest):
        await plane.control.start_executions("flow", [{}] * 10_001)
    async with plane.pool.connection() as connection:
        for nonsense in ("{}", "null", "5"):
            with pytest.raises(Exception, match="array"):
                await connection.execute("select interlock.start_executions('flow', %s::jsonb)", (nonsense,))


async def test_workflow_version_and_trigger_must_exist(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    with pytest.raises(WorkflowNotFound, match="nowhere"):
        await plane.control.start_executions("nowhere", [{}])
    with pytest.raises(WorkflowVersionNotFound):
        await plane.control.start_executions("flow", [{}], version=7)
    with pytest.raises(TriggerNotFound):
        await plane.control.start_executions("flow", [{}], trigger="T")
    assert await plane.value("select count(*) from interlock.executions") == 0


async def test_d27_an_execution_stays_on_its_version(plane: Plane) -> None:
    """D27: a version is immutable, and its executions stay on it."""
    old = await plane.deploy([step("A"), step("B")], ["S -> A", "A -> B"])
    execution = await plane.start()
    new = await plane.deploy([step("A"), step("C")], ["S -> A", "A -> C"])
    assert new != old
    worker = await plane.worker()
    assert await worker.work() == ["A/1", "B/1"]
    assert (await plane.execution(execution))["version"] == 1
    await plane.start()
    assert await worker.work() == ["A/1", "C/1"]
    [pinned] = await plane.control.start_executions("flow", [{}], version=1)
    assert pinned.execution_id
    assert (await plane.execution(pinned.execution_id))["version"] == 1


async def test_d26_a_version_records_the_rules_it_was_written_for(plane: Plane) -> None:
    """D26: the semantics that a definition was written for is stored with its version."""
    version = await plane.deploy([step("A")], ["S -> A"])
    assert await plane.value("select semantics from interlock.workflow_versions where id = %s", version) == 1


async def test_the_same_content_is_the_same_version(plane: Plane) -> None:
    first = await plane.deploy([step("A")], ["S -> A"])
    second = await plane.deploy([step("B")], ["S -> B"])
    assert await plane.deploy([step("A")], ["S -> A"]) == first != second
    await plane.start()
    assert await (await plane.worker()).work() == ["A/1"], "what was saved last is current, also when it was there before"


async def test_the_subject_is_stored_and_can_be_searched(plane: Plane) -> None:
    await plane.deploy([step("A")], ["S -> A"])
    await plane.control.start_executions("flow", [{"subject": "account 5"}])
    assert await plane.value("select interlock.has_active_workflow('account 5')")
    assert not await plane.value("select interlock.has_active_workflow('account 6')")
    worker = await plane.worker()
    [held] = (await worker.claim()).values()
    assert held.row["subject"] == "account 5"
    await worker.report(completed(held))
    assert not await plane.value("select interlock.has_active_workflow('account 5')")


async def test_an_execution_that_needs_no_worker_completes_at_once(plane: Plane) -> None:
    await plane.deploy([flow("I", "IF", {"condition": "n > 1"}), flow("E", "END")], ["S -> I", "I.true -> E"])
    yes, no = await plane.control.start_executions("flow", [{"input": {"n": 2}}, {"input": {"n": 1}}])
    assert yes.execution_id
    assert no.execution_id
    assert (await plane.execution(yes.execution_id))["output"] == {"n": 2}
    assert (await plane.execution(no.execution_id))["output"] == {"I": {"n": 1}}


async def test_an_assignment_comes_with_everything_its_executor_needs(plane: Plane) -> None:
    version = await plane.deploy([step("A"), step("B", timeout_seconds=60)], ["S -> A", "A -> B"])
    execution = await plane.start(x=1)
    worker = await plane.worker()
    held = (await worker.claim())["A/1"]
    assert held.input == {"x": 1}
    assert held.row["version_id"] == version
    assert (held.row["attempt"], held.row["loss_count"], held.row["deadline_at"]) == (1, 0, None)
    assert UUID(held.row["execution"]["id"]) == execution
    assert held.row["idempotency_key"] == f"{execution}:A:1"
    await worker.report(completed(held, {"y": 2}))
    held = (await worker.claim())["B/1"]
    assert held.input == {"y": 2}
    assert held.row["deadline_at"]
