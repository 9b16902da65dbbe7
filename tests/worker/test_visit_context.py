"""The context that a worker passes to an executor is the one of the contract, whatever is made late in it."""

import copy
import logging
from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import pytest

from interlock.controlplane import Assignment
from interlock.nodes import NodeExecutionContext, NodeIdentity
from interlock.nodes.credential import NO_CREDENTIALS
from interlock.worker.answers import key_of
from interlock.worker.held import HeldAssignment
from interlock.worker.prepared_node import PreparedNode
from interlock.worker.visit_context import VisitContext
from tests.worker.executors import Echo, NoParameters

ASSIGNMENT: Assignment = {
    "execution_id": "e",
    "assignment_id": "a",
    "version_id": 1,
    "node_no": 2,
    "visit": 3,
    "attempt": 4,
    "loss_count": 0,
    "input": {"n": 1},
    "nodes": {"before": {"output": {"m": 2}}},
    "context": {"c": 3},
    "subject": "order 7",
    "execution": {"id": "e", "started_at": "2026-01-01T00:00:00+00:00", "trace_parent": "00-1-2-01"},
    "idempotency_key": "e:node:3",
    "deadline_at": None,
}


@pytest.fixture
def context() -> NodeExecutionContext[Any]:
    node = PreparedNode(
        identity=NodeIdentity(id="node", name="Node"),
        queue="default",
        workflow={"workflow": "w", "version": 5},
        executor=Echo(),
        parameters=NoParameters(),
    )
    held = HeldAssignment(ASSIGNMENT, node, 0, key_of(ASSIGNMENT), ASSIGNMENT["input"])
    held.timeout_seconds = 1.5
    return VisitContext.of(held, NoParameters(), None, NO_CREDENTIALS, logging.getLogger("tests"))


async def test_it_has_every_field_of_the_contract(context: NodeExecutionContext[Any]) -> None:
    assert isinstance(context, NodeExecutionContext)
    values = {field.name: getattr(context, field.name) for field in fields(NodeExecutionContext)}
    assert (values["input"], values["attempt"], values["visit"]) == ({"n": 1}, 4, 3)
    assert (values["execution_id"], values["assignment_id"], values["idempotency_key"]) == ("e", "a", "e:node:3")
    assert (values["subject"], values["timeout_seconds"], values["node"].id) == ("order 7", 1.5, "node")
    assert values["credentials"] is NO_CREDENTIALS
    assert values["parameters"] == NoParameters()


async def test_what_is_made_late_is_made_once(context: NodeExecutionContext[Any]) -> None:
    assert context.scope is context.scope
    assert context.cancelled is context.cancelled
    assert (context.scope.input, context.scope.context, context.scope.subject) == ({"n": 1}, {"c": 3}, "order 7")
    assert context.scope.nodes == {"before": {"output": {"m": 2}}}
    assert context.scope.execution == {"id": "e", "workflow": "w", "version": 5, "started_at": "2026-01-01T00:00:00.000000Z"}


async def test_its_logger_carries_the_ids(context: NodeExecutionContext[Any], caplog: pytest.LogCaptureFixture) -> None:
    context.logger.warning("said")
    [record] = caplog.records
    assert (record.execution_id, record.assignment_id, record.node) == ("e", "a", "node")  # type: ignore[attr-defined]  # from the adapter


async def test_it_cannot_be_changed_and_a_changed_copy_is_an_ordinary_context(context: NodeExecutionContext[Any]) -> None:
    with pytest.raises((FrozenInstanceError, AttributeError)):
        context.attempt = 9  # type: ignore[misc]  # that is the point
    changed = replace(context, input={"n": 2})
    assert type(changed) is NodeExecutionContext
    assert (changed.input, changed.attempt, changed.scope) == ({"n": 2}, 4, context.scope)
    assert copy.copy(context).idempotency_key == "e:node:3"
