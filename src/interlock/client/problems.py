"""Turns the problem details of the server into errors."""

from http import HTTPStatus
from typing import Final

import httpx
from pydantic import ValidationError

from interlock.api.invalid_fields import invalid_fields
from interlock.api.models.problems import Problem
from interlock.errors import (
    DefinitionRefused,
    InterlockError,
    InvalidField,
    InvalidRequest,
    LimitReached,
    ServerUnreachable,
    TooManyTries,
    errors_by_code,
)

DEFAULT_WAIT_SECONDS: Final = 60
_OF_A_PROXY: Final = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT})


def error_of(response: httpx.Response) -> InterlockError:
    """Returns the error of an answer, as the class of its code."""
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        return _of_no_problem(response)
    error = _of_problem(problem, response)
    error.request_id = problem.instance
    return error


def invalid_answer(operation: str, error: ValueError) -> InterlockError:
    return InterlockError(
        f"the answer to {operation} cannot be read: {error}",
        hint="check that it is an Interlock server, and not older than this client",
    )


def invalid_request(operation: str, error: ValidationError) -> InvalidRequest:
    """Returns the error for a request that the model refuses, as the server would."""
    fields = invalid_fields(error)
    errors = "; ".join(f"{field.place}: {field.message}" for field in fields)
    return InvalidRequest(f"{operation} cannot be called like this: {errors}", fields=fields)


def _of_problem(problem: Problem, response: httpx.Response) -> InterlockError:
    kind = errors_by_code().get(problem.code)
    if kind is None:  # of a later release
        return InterlockError(f"{problem.code}: {problem.detail}", details=problem.details, hint=problem.hint)
    if issubclass(kind, LimitReached | TooManyTries):
        seconds = response.headers.get("retry-after", "")
        wait = int(seconds) if seconds.isdecimal() else DEFAULT_WAIT_SECONDS
        return kind(problem.detail, details=problem.details, hint=problem.hint, retry_after_seconds=wait)
    if issubclass(kind, DefinitionRefused | InvalidRequest):
        return kind(problem.detail, details=problem.details, hint=problem.hint, fields=_fields(problem))
    return kind(problem.detail, details=problem.details, hint=problem.hint)


def _of_no_problem(response: httpx.Response) -> InterlockError:
    """Returns the error for an answer without problem details: a proxy answered, or the address is wrong."""
    message = f"{response.request.url.copy_with(query=None)} answered {response.status_code} without a problem document"
    if response.has_redirect_location:
        return InterlockError(message, hint=f"it redirects to {response.headers['location']}: use that address, with https:// if it has it")
    if response.status_code in _OF_A_PROXY:
        return ServerUnreachable(message, hint="a proxy answered in place of the server; check that the server runs")
    return InterlockError(message, hint="check that this is the address of an Interlock server, without /api/v1")


def _fields(problem: Problem) -> list[InvalidField]:
    return [InvalidField(**dict(field)) for field in problem.invalid]
