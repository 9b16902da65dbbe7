"""Test runs: an execution of a definition that need not be saved, or of a part of it."""

from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest

from interlock.errors import DefinitionRefused, ExecutionNotFound, InvalidRequest, VersionIncompatible, WorkflowNotFound
from interlock.insight.metrics import metrics_text
from tests.api.services.asking import Asking
from tests.controlplane.plane import TestWorker, completed, failed

Definition = dict[str, Any]


def code(node: str, **more: Any) -> Definition:
    return {"id": node, "type": "ACTION_NODE", "subtype": "RUN_CODE", "parameters": {"code": "result = {}"}, "retry": {"max_attempts": 1}, **more}


def chain(*nodes: Definition, name: str = "flow", **more: Any) -> Definition:
    """A trigger, and nodes one after the other."""
    ids = ["start", *(node["id"] for node in nodes)]
    return {
        "name": name,
        "nodes": [{"id": "start", "type": "TRIGGER_NODE", "subtype": "MANUAL"}, *nodes],
        "connections": [{"from": one, "to": other} for one, other in pairwise(ids)],
        **more,
    }


ABC = chain(code("a"), code("b"), code("c"))


async def visits(asking: Asking, execution: UUID) -> dict[str, str]:
    return {name: status for name, status in (await asking.plane.visits(execution)).items() if not name.startswith("end of the test")}


async def run_whole(asking: Asking, definition: Definition, **given: Any) -> tuple[UUID, TestWorker]:
    """A real execution in which every node leaves with its own name."""
    await asking.ask("create_workflow", definition=definition)
    execution = (await asking.ask("run_workflow", workflow=definition["name"], **given)).execution_id
    worker = await asking.plane.worker()
    while held := await worker.claim():
        await worker.report(*(completed(one, {"by": one.name.split("/")[0]}) for one in held.values()))
    return execution, worker


async def work(asking: Asking, worker: TestWorker) -> list[str]:
    """Does all work; returns the nodes in the order in which they ran."""
    order = []
    while held := await worker.claim():
        order += [one.name.split("/")[0] for one in held.values()]
        await worker.report(*(completed(one, {"by": one.name.split("/")[0]}) for one in held.values()))
    return order


async def test_an_unsaved_definition_runs_and_nothing_lists_it(asking: Asking) -> None:
    started = await asking.ask("test_workflow", definition=ABC, input={"n": 1})
    worker = await asking.plane.worker()
    assert await work(asking, worker) == ["a", "b", "c"]
    execution = await asking.ask("get_execution", execution_id=started.execution_id)
    assert (execution.status, execution.is_test, execution.version, execution.workflow) == ("completed", True, None, "flow")
    assert execution.input == {"n": 1}
    assert execution.output == {"c": {"by": "c"}}
    assert (await asking.ask("list_workflows")).items == []
    with pytest.raises(WorkflowNotFound):
        await asking.ask("run_workflow", workflow=str(started.workflow_id))
    saved = await asking.ask("create_workflow", definition=ABC)
    assert (saved.version, saved.created) == (1, True), "its name is free"


async def test_a_test_run_stores_no_version_that_people_see(asking: Asking) -> None:
    saved = await asking.ask("create_workflow", definition=ABC)
    await asking.ask("test_workflow", workflow="flow", definition=chain(code("other")))
    assert [one.version for one in (await asking.ask("list_versions", workflow="flow")).items] == [1]
    assert (await asking.ask("get_workflow", workflow="flow")).version == 1
    again = await asking.ask("update_workflow", workflow="flow", definition=chain(code("other")))
    assert (again.id, again.version, again.created) == (saved.id, 2, True), "what was tested is published as something new"


async def test_until_a_node_runs_what_leads_to_it_and_ends_behind_it(asking: Asking) -> None:
    definition = chain(code("a"), code("b"), code("c"))
    definition["nodes"] += [code("aside")]
    definition["connections"] += [{"from": "a", "to": "aside"}]
    started = await asking.ask("test_workflow", definition=definition, scope={"until": "b"})
    worker = await asking.plane.worker()
    assert await work(asking, worker) == ["a", "b"]
    execution = await asking.ask("get_execution", execution_id=started.execution_id)
    assert (execution.status, execution.output) == ("completed", {"by": "b"})
    assert await visits(asking, started.execution_id) == {"a/1": "completed", "b/1": "completed"}


async def test_only_a_node_runs_with_the_outputs_of_an_execution(asking: Asking) -> None:
    old, worker = await run_whole(asking, ABC)
    started = await asking.ask("test_workflow", workflow="flow", scope={"only": "b"}, from_execution=old)
    held = await worker.claim()
    assert list(held) == ["b/1"]
    assert held["b/1"].input == {"by": "a"}
    await worker.report(completed(held["b/1"], {"by": "b again"}))
    execution = await asking.ask("get_execution", execution_id=started.execution_id)
    assert (execution.status, execution.output) == ("completed", {"by": "b again"})
    assert await visits(asking, started.execution_id) == {"a/1": "completed", "b/1": "completed"}
    [row] = await asking.plane.rows(
        """select a.output, a.source_execution_id from interlock.assignments a join interlock.nodes n using (version_id, node_no)
           where a.execution_id = %s and n.node_id = 'a'""",
        started.execution_id,
    )
    assert row == {"output": None, "source_execution_id": old}, "it is referred to, as a retry does it"


async def test_only_a_node_without_data_before_it_gets_the_given_input(asking: Asking) -> None:
    await asking.ask("test_workflow", definition=ABC, scope={"only": "b"}, input={"n": 5})
    worker = await asking.plane.worker()
    held = await worker.claim()
    assert (list(held), held["b/1"].input) == (["b/1"], {"n": 5})


async def test_a_given_input_takes_the_place_of_what_leads_to_the_node(asking: Asking) -> None:
    old, worker = await run_whole(asking, ABC)
    await asking.ask("test_workflow", workflow="flow", scope={"only": "b"}, from_execution=old, input={"edited": True})
    held = await worker.claim()
    assert (list(held), held["b/1"].input) == (["b/1"], {"edited": True})


async def test_from_a_node_it_and_what_follows_run_on_the_unsaved_definition(asking: Asking) -> None:
    old, worker = await run_whole(asking, ABC)
    changed = chain(code("a"), code("b"), code("new"), code("c"))
    started = await asking.ask("test_workflow", workflow="flow", definition=changed, scope={"from_node": "b"}, from_execution=old)
    assert await work(asking, worker) == ["b", "new", "c"]
    execution = await asking.ask("get_execution", execution_id=started.execution_id)
    assert execution.status == "completed"
    shown = await asking.ask("get_execution_definition", execution_id=started.execution_id)
    assert [node["id"] for node in shown.definition["nodes"]] == ["start", "a", "b", "new", "c"]
    assert (shown.version, shown.scope) == (None, {"from_node": "b", "from_execution": str(old)})


async def test_a_join_gets_the_tokens_of_branches_that_are_taken_over(asking: Asking) -> None:
    definition = chain(code("a"), code("join"))
    definition["nodes"] += [code("b")]
    definition["connections"] += [{"from": "start", "to": "b"}, {"from": "b", "to": "join"}]
    old, worker = await run_whole(asking, definition)
    await asking.ask("test_workflow", workflow="flow", scope={"from_node": "a"}, from_execution=old)
    held = await worker.claim()
    assert list(held) == ["a/1"]
    await worker.report(completed(held["a/1"], {"left": 1}))
    held = await worker.claim()
    assert (list(held), held["join/1"].input) == (["join/1"], {"left": 1, "by": "b"})


async def test_a_pinned_node_does_not_run_and_what_follows_gets_its_output(asking: Asking) -> None:
    started = await asking.ask("test_workflow", definition=ABC, scope={"until": "c"}, pins={"b": {"pinned": True}})
    worker = await asking.plane.worker()
    held = await worker.claim()
    assert (list(held), held["c/1"].input) == (["c/1"], {"pinned": True})
    await worker.report(completed(held["c/1"], {}))
    assert await visits(asking, started.execution_id) == {"b/1": "completed", "c/1": "completed"}


async def test_an_expression_sees_the_outputs_that_are_taken_over(asking: Asking) -> None:
    last = {"id": "c", "type": "ACTION_NODE", "subtype": "TRANSFORM", "parameters": {"values": {"seen": "{{ nodes.a.output.by }}"}}}
    definition = chain(code("a"), code("b"), last)
    old, worker = await run_whole(asking, definition)
    await asking.ask("test_workflow", workflow="flow", scope={"only": "c"}, from_execution=old, pins={"b": {"b": 2}})
    held = await worker.claim()
    row = held["c/1"].row
    assert row["nodes"]["a"]["output"] == {"by": "a"}


async def test_errors_of_the_part_that_does_not_run_do_not_prevent_a_test_run(asking: Asking) -> None:
    broken = {"id": "broken", "type": "ACTION_NODE", "subtype": "HTTP_REQUEST", "parameters": {"url": 5, "nonsense": 1}}
    unread = {"id": "unread", "type": "ACTION_NODE"}
    definition = chain(code("a"), broken, unread)
    started = await asking.ask("test_workflow", definition=definition, scope={"until": "a"})
    assert await work(asking, await asking.plane.worker()) == ["a"]
    assert (await asking.ask("get_execution", execution_id=started.execution_id)).status == "completed"


async def test_errors_of_the_part_that_runs_are_refused_with_their_place(asking: Asking) -> None:
    broken = {"id": "broken", "type": "ACTION_NODE", "subtype": "HTTP_REQUEST", "parameters": {"nonsense": 1}}
    definition = chain(code("a"), broken, code("c"))
    with pytest.raises(DefinitionRefused) as refused:
        await asking.ask("test_workflow", definition=definition, scope={"only": "broken"})
    assert {field.place for field in refused.value.fields} == {"nodes[2].parameters.url", "nodes[2].parameters.nonsense"}
    with pytest.raises(DefinitionRefused):
        await asking.ask("test_workflow", definition=chain(code("a"), {"id": "unread", "type": "ACTION_NODE"}), scope={"until": "unread"})


@pytest.mark.parametrize(
    "request_",
    [
        {"scope": {"only": "none"}},
        {"scope": {"only": "a", "until": "b"}},
        {"trigger": "none"},
        {"pins": {"b": 5}},
    ],
)
async def test_a_request_that_does_not_fit_the_definition_is_refused(asking: Asking, request_: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        await asking.ask("test_workflow", definition=ABC, **request_)


async def test_outputs_of_an_execution_that_is_not_there_are_refused(asking: Asking) -> None:
    with pytest.raises(ExecutionNotFound):
        await asking.ask("test_workflow", definition=ABC, scope={"only": "b"}, from_execution=uuid4())


async def test_the_output_of_a_node_that_decides_cannot_be_pinned(asking: Asking) -> None:
    choice = {"id": "choice", "type": "FLOW_NODE", "subtype": "IF", "parameters": {"condition": "input.n > 1"}}
    with pytest.raises(InvalidRequest, match="cannot be pinned"):
        await asking.ask("test_workflow", definition=chain(choice), pins={"choice": {}})


async def test_a_choice_that_is_taken_over_leads_where_it_led(asking: Asking) -> None:
    choice = {"id": "choice", "type": "FLOW_NODE", "subtype": "IF", "parameters": {"condition": "input.n > 1"}}
    definition = chain(choice)
    definition["nodes"] += [code("yes"), code("no")]
    definition["connections"] += [{"from": "choice", "port": "true", "to": "yes"}, {"from": "choice", "port": "false", "to": "no"}]
    old, worker = await run_whole(asking, definition, input={"n": 5})
    await asking.ask("test_workflow", workflow="flow", scope={"from_node": "yes"}, from_execution=old)
    held = await worker.claim()
    assert (list(held), held["yes/1"].input) == (["yes/1"], {"n": 5})


async def test_a_loop_runs_until_the_node_once(asking: Asking) -> None:
    choice = {"id": "again", "type": "FLOW_NODE", "subtype": "IF", "parameters": {"condition": "input.more"}}
    definition = chain(code("a", join="each"), choice, code("b"))
    definition["connections"] = [
        {"from": "start", "to": "a"},
        {"from": "a", "to": "again"},
        {"from": "again", "port": "true", "to": "a"},
        {"from": "again", "port": "false", "to": "b"},
    ]
    started = await asking.ask("test_workflow", definition=definition, scope={"until": "a"})
    worker = await asking.plane.worker()
    held = await worker.claim()
    await worker.report(completed(held["a/1"], {"more": True}))
    assert await visits(asking, started.execution_id) == {"a/1": "completed"}
    assert await asking.plane.status(started.execution_id) == "completed"


async def test_statistics_overview_metrics_and_lists_leave_test_runs_out(asking: Asking) -> None:
    await asking.ask("create_workflow", definition=ABC)
    before = await metrics_text(asking.services.pool)
    failing = (await asking.ask("test_workflow", workflow="flow")).execution_id
    worker = await asking.plane.worker()
    await worker.report(failed((await worker.claim())["a/1"], retryable=False))
    open_ = (await asking.ask("test_workflow", workflow="flow")).execution_id
    assert (await asking.plane.status(failing), await asking.plane.status(open_)) == ("failed", "running")
    assert (await asking.ask("list_executions")).items == []
    assert (await asking.ask("list_workflow_executions", workflow="flow")).items == []
    assert {one.id for one in (await asking.ask("list_executions", tests="only")).items} == {failing, open_}
    real = (await asking.ask("run_workflow", workflow="flow")).execution_id
    await asking.ask("cancel_execution", execution_id=real)
    assert [one.id for one in (await asking.ask("list_executions")).items] == [real]
    assert {one.id for one in (await asking.ask("list_executions", tests="include", workflow="flow")).items} == {failing, open_, real}
    counts = {one.status: one.count for one in (await asking.ask("count_executions")).counts if one.count}
    assert counts == {"cancelled": 1}
    overview = await asking.ask("get_overview")
    assert overview.failing_nodes == []
    assert sum(bucket.started for bucket in overview.buckets) == 1
    [listed] = (await asking.ask("list_workflows")).items
    assert (listed.open_executions, listed.last_execution_status) == (0, "cancelled")
    assert _gauges(await metrics_text(asking.services.pool)) == _gauges(before)


def _gauges(text: bytes) -> list[str]:
    return [
        line
        for line in text.decode().splitlines()
        if line.startswith(("interlock_executions_open", "interlock_queue_depth", "interlock_assignments_"))
    ]


async def test_two_test_runs_at_once_do_not_touch_each_other(asking: Asking) -> None:
    await asking.ask("create_workflow", definition=ABC)
    one = (await asking.ask("test_workflow", workflow="flow", scope={"until": "a"})).execution_id
    other = (await asking.ask("test_workflow", workflow="flow", scope={"until": "b"})).execution_id
    worker = await asking.plane.worker()
    _, claimed = await worker.exchange(limit=10)
    assert {held.execution_id for held in claimed} == {one, other}
    await worker.report(*(completed(held, {}) for held in claimed))
    assert (await asking.plane.status(one), await asking.plane.status(other)) == ("completed", "running")


async def test_a_test_run_neither_holds_nor_waits_for_locks(asking: Asking) -> None:
    locked = chain(code("a", lock="node-lock"), lock="one-at-a-time")
    await asking.ask("create_workflow", definition=locked)
    real = (await asking.ask("run_workflow", workflow="flow")).execution_id
    test = (await asking.ask("test_workflow", workflow="flow")).execution_id
    await asking.plane.control.tick()
    worker = await asking.plane.worker()
    _, claimed = await worker.exchange(limit=10)
    assert {held.execution_id for held in claimed} == {real, test}


async def test_a_test_run_survives_its_worker(asking: Asking) -> None:
    execution = (await asking.ask("test_workflow", definition=ABC, scope={"only": "b"}, input={"n": 1})).execution_id
    lost = await asking.plane.worker()
    assert list(await lost.claim()) == ["b/1"]
    await asking.plane.pass_time(90_000)
    held = await (await asking.plane.worker()).claim(1)
    assert (list(held), held["b/1"].input, held["b/1"].row["loss_count"]) == (["b/1"], {"n": 1}, 1)
    assert await asking.plane.status(execution) == "running"


async def test_a_retried_test_run_is_a_test_run(asking: Asking) -> None:
    old = (await asking.ask("test_workflow", definition=ABC, scope={"until": "b"})).execution_id
    worker = await asking.plane.worker()
    await worker.report(completed((await worker.claim())["a/1"], {"a": 1}))
    await worker.report(failed((await worker.claim())["b/1"], retryable=False))
    new = (await asking.ask("retry_execution", execution_id=old)).execution_id
    held = await worker.claim()
    assert (list(held), held["b/1"].input) == (["b/1"], {"a": 1})
    assert (await asking.ask("get_execution", execution_id=new)).is_test
    with pytest.raises(VersionIncompatible, match="never saved"):
        await asking.ask("retry_execution", execution_id=old, newest=True)


async def test_what_a_test_ran_is_swept_after_seven_days_and_its_execution_stays_readable(asking: Asking) -> None:
    done = (await asking.ask("test_workflow", definition=ABC, scope={"until": "a"})).execution_id
    worker = await asking.plane.worker()
    assert await work(asking, worker) == ["a"]
    still_open = (await asking.ask("test_workflow", definition=ABC)).execution_id
    before = await asking.ask("get_execution", execution_id=done)
    await asking.plane.pass_time(timedelta(days=6).total_seconds())
    assert await _swept(asking) == []
    await asking.plane.pass_time(timedelta(days=2).total_seconds())
    assert await _swept(asking) == [done]
    assert await asking.ask("get_execution", execution_id=done) == before
    assert (await asking.ask("get_execution_definition", execution_id=done)).definition["nodes"] == ABC["nodes"]
    with pytest.raises(VersionIncompatible, match="was removed"):
        await asking.ask("retry_execution", execution_id=done, from_node="a")
    await asking.ask("cancel_execution", execution_id=still_open)
    async with asking.services.pool.connection() as connection:
        for table in ("assignments", "executions"):
            column = "id" if table == "executions" else "execution_id"
            await connection.execute(f"delete from interlock.{table} where {column} = %s", [still_open])
    await asking.plane.control.tick()
    [left] = await asking.plane.rows(
        "select (select count(*) from interlock.workflow_versions) as versions, (select count(*) from interlock.workflows) as workflows"
    )
    assert left == {"versions": 1, "workflows": 1}, "without an execution nothing of it is left"


async def _swept(asking: Asking) -> list[UUID]:
    return [row["tested_by"] for row in await asking.plane.rows("select tested_by from interlock.workflow_versions where swept_at is not null")]


async def test_a_disabled_node_passes_its_input_on_without_a_worker(asking: Asking) -> None:
    definition = chain(code("a", disabled=True, queue="nobody", lock="held {{ input.n }}"), code("b"))
    await asking.ask("create_workflow", definition=definition)
    await asking.ask("run_workflow", workflow="flow", input={"n": 1})
    held = await (await asking.plane.worker()).claim()
    assert (list(held), held["b/1"].input) == (["b/1"], {"n": 1})


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ({"id": "x", "type": "FLOW_NODE", "subtype": "IF", "parameters": {"condition": "true"}}, "decides"),
        ({"id": "x", "type": "FLOW_NODE", "subtype": "JOIN"}, "nothing that could be left out"),
        ({"id": "x", "type": "FLOW_NODE", "subtype": "END"}, "nothing that could be left out"),
        ({"id": "x", "type": "FLOW_NODE", "subtype": "FAIL", "parameters": {"code": "own", "message": "it"}}, "nothing that could be left out"),
        ({"id": "x", "type": "TRIGGER_NODE", "subtype": "MANUAL"}, "trigger"),
    ],
)
async def test_a_node_for_which_disabling_has_no_meaning_is_refused(asking: Asking, node: Definition, message: str) -> None:
    definition = chain(code("a"))
    definition["nodes"] += [{**node, "disabled": True}]
    with pytest.raises(DefinitionRefused, match=message) as refused:
        await asking.ask("create_workflow", definition=definition)
    assert [(field.place, field.code) for field in refused.value.fields] == [("nodes[2].disabled", "cannot_disable")]
