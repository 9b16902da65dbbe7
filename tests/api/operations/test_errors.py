"""The errors of each operation in the table are those that its service, and the functions and SQL functions below it, can raise."""

from collections.abc import Iterable
from typing import Final

import pytest

from interlock.api.operations import GENERAL_ERRORS, OPERATIONS, Operation, errors_of, general_errors
from interlock.errors import InterlockError, LastAdmin, errors_by_code
from tests.api.operations.python_calls import Reached, reached_from
from tests.api.operations.sql_calls import codes_answered, codes_raised

EACH: Final = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
NEVER: Final = {
    ("create_workflow", "IL014"): "the API compiles what it saves",
    ("update_workflow", "IL014"): "the API compiles what it saves",
    ("stop_worker", "IL011"): "a worker that was given up has stopped",
    ("test_credential", "IL042"): "a credential that cannot be decrypted is what the test found",
    ("get_workflow", "IL006"): "it asks for no version",
}
"""Errors that the source allows and no request can cause, with the reason."""
FACES: Final = (
    ("interlock.api.rest.endpoints", "endpoint_of"),
    ("interlock.api.rest.connections", "check_head"),
    ("interlock.api.rest.connections", "BoundedProtocol._refuse_late_head"),
    ("interlock.api.grpc.answering", "Answering.answer"),
    ("interlock.api.grpc.answering", "Answering.stream"),
    ("interlock.api.call", "perform"),
    ("interlock.api.observing", "Observation.note_error"),
)
"""The code that every operation passes through, over REST and gRPC."""


def _codes(reached: Iterable[Reached]) -> set[str]:
    codes: set[str] = set()
    for each in reached:
        codes |= {error.code for error in each.errors} | codes_raised(each.sql_functions)
        codes |= codes_answered(each.sql_functions) if each.makes_errors_by_code else set()
    return codes


def _codes_of(errors: Iterable[type[InterlockError]]) -> set[str]:
    return {error.code for error in errors}


@EACH
def test_each_operation_lists_the_errors_that_it_can_raise_and_no_others(operation: Operation) -> None:
    starts = [(f"interlock.api.services.{operation.service}", operation.name)]
    if operation.streams:  # its events come from another loop
        starts.append(("interlock.api.watching", "ExecutionWatcher.__aenter__"))
    possible = _codes(reached_from(*start) for start in starts)
    possible -= {code for name, code in NEVER if name == operation.name}
    assert _codes_of(operation.errors) == possible - _codes_of(general_errors(operation))


def test_the_code_that_all_operations_share_raises_general_errors_only() -> None:
    possible = _codes(reached_from(*start) for start in FACES)
    possible -= {"IL051", "IL052"}  # of addresses at which no operation is
    possible -= {"IL020"}  # of an operation that lists it: the endpoint adds lines and columns, and raises it again
    assert possible == {code for general in GENERAL_ERRORS for code in _codes_of(general.errors)}


@EACH
def test_no_error_is_listed_twice(operation: Operation) -> None:
    listed = [*operation.errors, *general_errors(operation)]
    assert len(listed) == len(set(listed)) == len(errors_of(operation))


def test_each_error_that_is_never_raised_would_otherwise_be_listed() -> None:
    for name, code in NEVER:
        operation = OPERATIONS[name]
        assert code in _codes([reached_from(f"interlock.api.services.{operation.service}", name)])
        assert code not in _codes_of(errors_of(operation))


def test_a_code_of_sql_is_found_through_the_functions_between() -> None:
    """`delete_user` raises neither of them itself."""
    assert codes_raised(["delete_user"]) >= {"IL036", LastAdmin.code}
    assert "IL008" in codes_answered(["start_executions"])
    assert "IL021" in codes_raised(["create_user"])
    assert "IL021" not in codes_raised(["admit_external_user"])
    assert codes_raised(["raise_error"]) <= errors_by_code().keys()
