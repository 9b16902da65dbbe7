"""What a server answers as the values that the views of the command line show."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from interlock.api.models import executions, overview, workflows
from interlock.controlplane.types import Reason
from interlock.definition.validation.definition_error import DefinitionError
from interlock.insight.diagnosis import Finding, Level
from interlock.insight.executions import Graph
from interlock.insight.records import AssignmentRecord, AttemptRecord, ExecutionSummary

VIRTUAL_USERS: Final = frozenset({"START", "ROUTER", "CONSENSUS"})
"""Actors that are the database itself: no worker did it."""
_STEP: Final = re.compile(r'([^.\[\]"]+)|\[("(?:[^"\\]|\\.)*")\]')
LEVELS: Final[Mapping[str, Level]] = {"ok": "ok", "warning": "warning", "error": "problem"}


def summary(found: executions.ExecutionSummary) -> ExecutionSummary:
    return ExecutionSummary(
        id=found.id,
        workflow=found.workflow,
        version=found.version,
        status=found.status,
        subject=found.subject,
        created_at=found.created_at,
        started_at=found.started_at,
        ended_at=found.ended_at,
        suspended_at=found.suspended_at,
        suspended_by=found.suspended_by,
        retried_from=found.retried_from,
    )


def assignment(found: executions.AssignmentSummary, graph: Graph) -> AssignmentRecord:
    return AssignmentRecord(
        id=found.id,
        node_no=graph.node_ids.index(found.node_id),
        node_id=found.node_id,
        name=found.name,
        type=found.type,
        subtype=found.subtype,
        visit=found.visit,
        attempt=found.attempt,
        loss_count=found.loss_count,
        status=found.status,
        queue=found.queue,
        wait_for=found.wait_for,
        due_at=found.due_at,
        ports=tuple(found.ports),
        worker=None if found.actor in VIRTUAL_USERS else found.actor,
        error=error(found.error),
        created_at=found.created_at,
        started_at=found.started_at,
        ended_at=found.ended_at,
        change_number=found.change_number,
    )


def attempt(found: executions.Attempt) -> AttemptRecord:
    return AttemptRecord(
        attempt=found.attempt,
        outcome=found.outcome,
        error=error(found.error),
        worker=found.worker,
        started_at=found.started_at,
        ended_at=found.ended_at,
    )


def in_order(visit: AssignmentRecord) -> tuple[datetime, bool, datetime, int, int]:
    """By when they were made, then by when they began; what has not begun is last."""
    return visit.created_at, visit.started_at is None, visit.started_at or visit.created_at, visit.node_no, visit.visit


def error(found: executions.ErrorInfo | None) -> dict[str, Any] | None:
    return None if found is None else found.model_dump(mode="json", exclude_none=True)


def reason(found: executions.Reason) -> Reason:
    return Reason(**{name: getattr(found, name) for name in type(found).model_fields})


def finding(found: overview.Finding) -> Finding:
    return Finding(level=LEVELS[found.level], subject=found.check, message=found.message, hint=found.hint)


def definition_error(found: workflows.DefinitionError) -> DefinitionError:
    return DefinitionError(code=found.code, place=pointer_of(found.place), message=found.message, hint=found.hint, node=found.node_id)


def pointer_of(place: str) -> str:
    """The JSON pointer, which the command line shows, of a place as the API writes it: `nodes[2].parameters["a b"]`."""
    steps = [json.loads(quoted) if quoted else plain for plain, quoted in _STEP.findall(place)]
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def graph(definition: Mapping[str, Any]) -> Graph:
    """Nodes numbered so that connections lead from lower to higher numbers, but for those of loops."""
    successors: dict[str, list[str]] = defaultdict(list)
    for connection in definition.get("connections", []):
        if connection.get("type", "MAIN") == "MAIN":
            successors[connection["from"]].append(connection["to"])
    names = _in_order([node["id"] for node in definition["nodes"]], successors)
    number = {name: position for position, name in enumerate(names)}
    return Graph(node_ids=tuple(names), connections=tuple((number[origin], number[target]) for origin in names for target in successors[origin]))


def _in_order(names: list[str], successors: Mapping[str, list[str]]) -> list[str]:
    """Depth first, each node before what it leads to."""
    seen: set[str] = set()
    left: list[str] = []
    for first in reversed(names):
        stack = [(first, iter(successors.get(first, [])))] if first not in seen else []
        seen.add(first)
        while stack:
            rest = stack[-1][1]
            following = next((each for each in rest if each not in seen), None)
            if following is None:
                left.append(stack.pop()[0])
            else:
                seen.add(following)
                stack.append((following, iter(successors.get(following, []))))
    return left[::-1]
