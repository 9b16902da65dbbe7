"""Executions as JSON documents, for programs that read what a command writes."""

from typing import Any

from interlock.cli.execution_history import ExecutionHistory, Visit
from interlock.insight.records.assignments import Attempt
from interlock.insight.records.errors import ErrorInfo
from interlock.insight.records.executions import ExecutionSummary, Explanation


def summary_document(summary: ExecutionSummary) -> dict[str, Any]:
    """The fields of the record, with `execution_id` for its id."""
    document = summary.model_dump()
    return {"execution_id": document.pop("id"), **document, "error": error_document(summary.error)}


def history_document(history: ExecutionHistory) -> dict[str, Any]:
    """All that is known of an execution; an assignment's attempts are those that did not succeed."""
    return {**summary_document(history.execution), "assignments": [_visit_document(visit) for visit in history.visits]}


def explanation_document(summary: ExecutionSummary, explanation: Explanation) -> dict[str, Any]:
    return {"execution_id": summary.id, **explanation.model_dump()}


def error_document(error: ErrorInfo | None) -> dict[str, Any] | None:
    """The fields that say something."""
    return None if error is None else {name: value for name, value in error.model_dump().items() if value not in (None, {})}


def _visit_document(visit: Visit) -> dict[str, Any]:
    document = visit.summary.model_dump()
    return {
        "assignment_id": document.pop("id"),
        **document,
        "error": error_document(visit.summary.error),
        "input": visit.input,
        "output": visit.output,
        "attempts": [_attempt_document(attempt) for attempt in visit.attempts],
    }


def _attempt_document(attempt: Attempt) -> dict[str, Any]:
    return {**attempt.model_dump(), "error": error_document(attempt.error)}
