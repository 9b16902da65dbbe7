"""Records are one set for the command line, the API and the client, and take what executors of others stored."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError

import interlock.controlplane
from interlock.api.operations import OPERATIONS
from interlock.insight.records import assignments, executions, installation, workflows
from interlock.insight.records.base import Record
from interlock.insight.records.errors import ErrorInfo


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        (
            {"code": "broken", "message": "no", "hint": "try", "details": {"a": 1}, "retryable": True, "attempt": 2},
            ("broken", "no", "try", {"a": 1}, True, 2),
        ),
        ({"code": 7, "message": None, "details": "none", "retryable": "yes", "attempt": "2", "more": 1}, ("7", "None", None, {}, None, None)),
        ("it broke", ("", "it broke", None, {}, None, None)),
        ([1], ("", "[1]", None, {}, None, None)),
        ({}, ("", "", None, {}, None, None)),
    ],
)
def test_an_error_that_an_executor_stored_in_another_form_is_still_read(stored: Any, shown: tuple[Any, ...]) -> None:
    error = ErrorInfo.model_validate(stored)
    assert (error.code, error.message, error.hint, error.details, error.retryable, error.attempt) == shown


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        ErrorInfo(code="broken").code = "other"  # type: ignore[misc]


def test_what_the_api_answers_about_executions_are_the_records() -> None:
    """So an answer of a server and a row of the database are shown by the same code."""
    assert OPERATIONS["get_assignment"].answer is assignments.Assignment
    assert OPERATIONS["explain_execution"].answer is executions.Explanation
    assert issubclass(OPERATIONS["get_execution"].answer, executions.ExecutionDetails)
    assert issubclass(OPERATIONS["get_workflow"].answer, workflows.WorkflowVersion)
    items = {
        "list_executions": executions.ExecutionSummary,
        "list_execution_assignments": assignments.AssignmentSummary,
        "list_assignments": assignments.ListedAssignment,
        "list_workflows": workflows.WorkflowSummary,
        "list_versions": workflows.VersionSummary,
        "list_workers": installation.WorkerSummary,
        "list_queues": installation.QueueSummary,
    }
    answered = {name: get_args(OPERATIONS[name].answer.model_fields["items"].annotation)[0] for name in items}
    assert answered == items


@pytest.mark.parametrize("module", [executions, assignments, installation, workflows])
def test_every_record_says_what_it_is(module: Any) -> None:
    records = [
        value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Record) and value.__module__ == module.__name__
    ]
    assert records
    assert [record.__name__ for record in records if not record.__doc__] == []


def test_a_client_of_a_server_needs_no_database_driver() -> None:
    code = "import sys, interlock.insight.records.executions, interlock.insight.records.installation; print('psycopg' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"


def test_the_reasons_of_explain_are_those_that_the_record_lists() -> None:
    """A reason that the SQL functions give has a word in the documentation of the field, and no word there is without one."""
    sql = "".join(path.read_text() for path in (Path(interlock.controlplane.__file__).parent / "sql" / "explaining").glob("*.sql"))
    given = set(re.findall(r"reason :?= '(\w+)'|'reason', '(\w+)'|then '(continues_next)'", sql))
    words = {word for groups in given for word in groups if word} | set(re.findall(r"v_reason := '(\w+)'", sql))
    described = executions.Reason.model_fields["reason"].description or ""
    assert words == set(re.findall(r"`(\w+)`", described)) - {"waiting_for_"}
