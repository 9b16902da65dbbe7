"""Problem details of the server as the errors that they are."""

from http import HTTPStatus
from typing import Final

import httpx
from pydantic import ValidationError

from interlock.api.models.problems import Problem
from interlock.errors import DefinitionRefused, InterlockError, InvalidField, InvalidRequest, ServerUnreachable, TooManyTries, errors_by_code

DEFAULT_WAIT_SECONDS: Final = 60
_OF_A_PROXY: Final = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT})


def error_of(response: httpx.Response) -> InterlockError:
    """The error that an answer tells; its class is that of the code."""
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        return _of_no_problem(response)
    error = _of_problem(problem, response)
    error.request_id = problem.instance
    return error


def invalid_answer(operation: str, error: ValueError) -> InterlockError:
    return InterlockError(
        f"the answer to {operation} is not of the form: {error}",
        hint="is it an Interlock server, and not older than this client? `/healthz` of it says its version",
    )


def invalid_request(operation: str, error: ValidationError) -> InvalidRequest:
    """What a request model says of its fields, as the server would say it."""
    fields = [InvalidField(place=_place(error["loc"]), message=error["msg"], code=error["type"]) for error in error.errors(include_input=False)]
    told = "; ".join(f"{field.place}: {field.message}" for field in fields)
    return InvalidRequest(f"{operation} cannot be asked for like this: {told}", fields=fields)


def _of_problem(problem: Problem, response: httpx.Response) -> InterlockError:
    kind = errors_by_code().get(problem.code)
    if kind is None:  # of a later release
        return InterlockError(f"{problem.code}: {problem.detail}", details=problem.details, hint=problem.hint)
    if issubclass(kind, TooManyTries):
        seconds = response.headers.get("retry-after", "")
        return kind(problem.detail, hint=problem.hint, retry_after_seconds=int(seconds) if seconds.isdecimal() else DEFAULT_WAIT_SECONDS)
    if issubclass(kind, DefinitionRefused | InvalidRequest):
        return kind(problem.detail, details=problem.details, hint=problem.hint, fields=_fields(problem))
    return kind(problem.detail, details=problem.details, hint=problem.hint)


def _of_no_problem(response: httpx.Response) -> InterlockError:
    """Something that is no Interlock server answered: a proxy, or a wrong address."""
    told = f"{response.request.url.copy_with(query=None)} answered {response.status_code} without a problem document"
    if response.has_redirect_location:
        return InterlockError(
            told, hint=f"it points to {response.headers['location']}: give the address that serves it, with https:// where it is so"
        )
    if response.status_code in _OF_A_PROXY:
        return ServerUnreachable(told, hint="a proxy before the server answers in its place: is the server up?")
    return InterlockError(told, hint="is this the address of an Interlock server, without /api/v1?")


def _fields(problem: Problem) -> list[InvalidField]:
    return [InvalidField(place=field.place, message=field.message, code=field.code, hint=field.hint) for field in problem.invalid]


def _place(location: tuple[int | str, ...]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.lstrip(".")
