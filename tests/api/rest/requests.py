"""Makes requests for every operation from the table."""

import re
from typing import Any, Final
from uuid import uuid4

import httpx

from interlock.api.models.problems import Problem
from interlock.api.operations import OPERATIONS, Operation
from interlock.api.rest.forms import PREFIX, form_of
from interlock.errors import errors_by_code

WITH_BODY: Final = [operation.name for operation in OPERATIONS.values() if form_of(operation).body is not None]
WITH_UUID: Final = [operation.name for operation in OPERATIONS.values() if "_id}" in operation.path]
UNGUARDED: Final = frozenset({"sign_in", "sign_out", "change_password", "delete_user", "update_user", "revoke_api_key"})
"""Operations after which the caller might be locked out."""
_VALUES: Final = {"workflow": "no such workflow", "version": "1", "workspace_id": "999", "type": "ACTION_NODE", "subtype": "NONE"}


def address(operation: Operation, **values: Any) -> str:
    """The operation's path, with values that lead nowhere where none are given."""
    return PREFIX + re.sub(r"\{(\w+)\}", lambda found: str(values.get(found[1], _VALUES.get(found[1], uuid4()))), operation.path)


def problem_of(answer: httpx.Response, status: int, code: str) -> Problem:
    """The problem that was answered, held against what every problem has to be."""
    assert answer.status_code == status, f"{answer.request.method} {answer.request.url}: {answer.text}"
    assert answer.headers["content-type"] == "application/problem+json"
    problem = Problem.model_validate_json(answer.content, strict=True)
    assert (problem.code, problem.status, problem.type) == (code, status, f"urn:interlock:error:{code}")
    assert problem.instance == answer.headers["x-request-id"]
    assert problem.title == " ".join((errors_by_code()[code].__doc__ or "").split())
    return problem


def places(problem: Problem) -> list[str]:
    return [field.place for field in problem.invalid]
