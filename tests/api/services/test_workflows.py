from dataclasses import replace
from typing import Any

import pytest

from interlock.api.definition_checker import DefinitionChecker
from interlock.definition import CheckedDefinition, NodeTypeLookup
from interlock.errors import (
    DefinitionRefused,
    InvalidRequest,
    NameTaken,
    VersionConflict,
    WorkflowNotFound,
    WorkflowVersionNotFound,
)
from tests.api.services.asking import Asking
from tests.api.services.definitions import definition


async def test_a_workflow_is_created_once_and_read_by_name_and_id(asking: Asking) -> None:
    saved = await asking.ask("create_workflow", definition=definition(description="what it does", tags=["a"]))
    assert (saved.name, saved.version, saved.created) == ("flow", 1, True)
    again = await asking.ask("create_workflow", definition=definition(description="what it does", tags=["a"]))
    assert (again.id, again.version, again.created) == (saved.id, 1, False)
    for reference in ("flow", str(saved.id)):
        read = await asking.ask("get_workflow", workflow=reference)
        assert (read.id, read.version, read.current_version, read.version_created_by) == (saved.id, 1, 1, "ann@example.org")
    [listed] = (await asking.ask("list_workflows")).items
    assert (listed.name, listed.description, listed.tags, listed.node_count, listed.open_executions) == ("flow", "what it does", ["a"], 2, 0)
    assert listed.last_execution_status is None


async def test_creating_does_not_write_over_a_workflow_of_the_same_name(asking: Asking) -> None:
    await asking.ask("create_workflow", definition=definition())
    with pytest.raises(NameTaken, match="flow"):
        await asking.ask("create_workflow", definition=definition(code="result = {'other': 1}"))
    assert (await asking.ask("get_workflow", workflow="flow")).current_version == 1


async def test_an_update_is_a_new_version_and_only_over_the_expected_one(asking: Asking) -> None:
    await asking.ask("create_workflow", definition=definition())
    second = definition(code="result = {'n': 2}")
    saved = await asking.as_another("bob@example.org").ask("update_workflow", workflow="flow", definition=second, expected_version=1)
    assert (saved.version, saved.created) == (2, True)
    with pytest.raises(VersionConflict, match="at version 2, not 1"):
        await asking.ask("update_workflow", workflow="flow", definition=definition(code="result = {'n': 3}"), expected_version=1)
    repeated = await asking.ask("update_workflow", workflow="flow", definition=second, expected_version=1)
    assert (repeated.version, repeated.created) == (2, False)
    back = await asking.ask("update_workflow", workflow="flow", definition=definition(), expected_version=2)
    assert (back.version, back.created) == (1, False)
    versions = (await asking.ask("list_versions", workflow="flow")).items
    assert [(one.version, one.created_by, one.is_current) for one in versions] == [(2, "bob@example.org", False), (1, "ann@example.org", True)]
    assert (await asking.ask("get_version", workflow="flow", version=2)).definition["nodes"][1]["parameters"]["code"] == "result = {'n': 2}"
    with pytest.raises(WorkflowVersionNotFound):
        await asking.ask("get_version", workflow="flow", version=3)


async def test_another_name_renames_the_workflow_unless_it_is_in_use(asking: Asking) -> None:
    saved = await asking.ask("create_workflow", definition=definition("one"))
    await asking.ask("create_workflow", definition=definition("two"))
    with pytest.raises(NameTaken, match="two"):
        await asking.ask("update_workflow", workflow="one", definition=definition("two"))
    assert (await asking.ask("get_workflow", workflow="one")).current_version == 1
    renamed = await asking.ask("update_workflow", workflow="one", definition=definition("three"), expected_version=1)
    assert renamed.id == saved.id
    assert [one.name for one in (await asking.ask("list_workflows")).items] == ["three", "two"]
    with pytest.raises(WorkflowNotFound):
        await asking.ask("get_workflow", workflow="one")


async def test_a_deleted_workflow_cannot_start_but_its_executions_continue(asking: Asking) -> None:
    saved = await asking.ask("create_workflow", definition=definition())
    started = await asking.ask("run_workflow", workflow="flow")
    with pytest.raises(VersionConflict):
        await asking.ask("delete_workflow", workflow="flow", expected_version=2)
    await asking.ask("delete_workflow", workflow=str(saved.id), expected_version=1)
    for reference in ("flow", str(saved.id)):
        for operation in ("run_workflow", "get_workflow", "delete_workflow"):
            with pytest.raises(WorkflowNotFound):
                await asking.ask(operation, workflow=reference)
    assert (await asking.ask("list_workflows")).items == []
    worker = await asking.plane.worker()
    assert await worker.work() == ["work/1"]
    execution = await asking.ask("get_execution", execution_id=started.execution_id)
    assert (execution.status, execution.workflow) == ("completed", "flow")
    assert len((await asking.ask("list_workflow_executions", workflow=str(saved.id))).items) == 1
    assert (await asking.ask("get_version", workflow=str(saved.id), version=1)).definition["name"] == "flow"
    new = await asking.ask("create_workflow", definition=definition())
    assert (new.id != saved.id, new.version) == (True, 1)


async def test_every_change_of_a_workflow_is_in_the_audit_log(asking: Asking) -> None:
    await asking.ask("create_workflow", definition=definition("one"))
    await asking.ask("create_workflow", definition=definition("one"))
    await asking.ask("update_workflow", workflow="one", definition=definition("two"))
    await asking.ask("delete_workflow", workflow="two")
    rows = await asking.plane.rows("select actor, action, details - 'workflow_id' as details from interlock.audit_log order by id")
    assert {row["actor"] for row in rows} == {"ann@example.org"}
    assert [(row["action"], row["details"]) for row in rows] == [
        ("create_workflow", {"name": "one", "version": 1}),
        ("update_workflow", {"name": "two", "version": 2, "renamed_from": "one"}),
        ("delete_workflow", {"name": "two", "version": 2}),
    ]


async def test_errors_have_their_places_and_nodes(asking: Asking) -> None:
    broken = definition()
    broken["nodes"][1]["parameters"] = {"cod": 1}
    report = await asking.ask("validate_workflow", definition=broken)
    assert not report.valid
    assert {error.node_id for error in report.errors} == {"work"}
    assert any(error.place.startswith("nodes[1].parameters") for error in report.errors)
    with pytest.raises(DefinitionRefused) as refused:
        await asking.ask("create_workflow", definition=broken)
    assert [field.code for field in refused.value.fields] == [error.code for error in report.errors]
    assert (await asking.ask("list_workflows")).items == []


@pytest.mark.parametrize("raw", [{}, {"name": "\0"}, {"name": "\ud800"}, {"nodes": {}}, {"name": "x", "nodes": 10**500}, {"nodes": [[[[[]]]]]}])
async def test_anything_sent_as_a_definition_is_answered_with_its_errors(asking: Asking, raw: dict[str, object]) -> None:
    assert (await asking.ask("validate_workflow", definition=raw)).errors
    with pytest.raises(DefinitionRefused):
        await asking.ask("create_workflow", definition=raw)


async def test_workflows_are_listed_by_name_in_pages_and_searched(asking: Asking) -> None:
    for name in ("Beta", "alpha", "gamma 5", "zeta"):
        await asking.ask("create_workflow", definition=definition(name, tags=["odd"] if "a" in name[1:] else []))
    names, cursor = [], None
    while True:
        page = await asking.ask("list_workflows", limit=1, cursor=cursor)
        names += [item.name for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert names == ["alpha", "Beta", "gamma 5", "zeta"]
    assert [item.name for item in (await asking.ask("list_workflows", search="A 5")).items] == ["gamma 5"]
    assert [item.name for item in (await asking.ask("list_workflows", tag="odd")).items] == ["alpha", "Beta", "gamma 5", "zeta"]
    for bad in ("x", "W10", "WyJhIiwiYiJd", "bm90IGpzb24"):
        with pytest.raises(InvalidRequest, match="cursor"):
            await asking.ask("list_workflows", cursor=bad)


async def test_what_was_found_when_a_workflow_was_saved_is_kept_with_the_version_and_not_found_again(asking: Asking) -> None:
    drawn = definition()
    drawn["nodes"].append({"id": "alone", "type": "ACTION_NODE", "subtype": "TRANSFORM", "parameters": {"values": {"a": 1}}})
    saved = await asking.ask("create_workflow", definition=drawn)
    [warning] = saved.warnings
    assert (warning.code, warning.place, warning.node_id) == ("unreachable_node", "nodes[2]", "alone")
    checks = CountedChecks(asking.services.node_types)
    reading = Asking(replace(asking.services, definitions=checks))
    for read in (await reading.ask("get_workflow", workflow="flow"), await reading.ask("get_version", workflow="flow", version=1)):
        assert read.warnings == [warning]
    assert checks.count == 0
    await asking.plane.rows("update interlock.workflow_versions set warnings = null returning id")  # saved before warnings were kept
    assert (await reading.ask("get_workflow", workflow="flow")).warnings == [warning]
    assert checks.count == 1


class CountedChecks(DefinitionChecker):
    def __init__(self, node_types: NodeTypeLookup) -> None:
        super().__init__(node_types)
        self.count = 0

    async def check(self, raw: Any, source: str | None = None, *, by: str) -> CheckedDefinition:
        self.count += 1
        return await super().check(raw, source, by=by)
