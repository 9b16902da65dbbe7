"""Errors as answers: RFC 9457 problem details, whatever went wrong."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from interlock.api.models.problems import InvalidField as InvalidFieldAnswer
from interlock.api.models.problems import Problem
from interlock.api.observing import Observation
from interlock.errors import (
    BadRequest,
    InterlockError,
    InvalidField,
    InvalidRequest,
    MethodNotAllowed,
    NotSignedIn,
    PageNotFound,
    RequestTooSlow,
)
from interlock.json_text import UnreadableValue

RETRY_SECONDS: Final = 2
WITH_RETRY_AFTER: Final = frozenset({429, 503})
"""Statuses of which a retryable error has the header `Retry-After`."""
MOST_FIELDS: Final = 50
"""How many invalid fields an answer lists at most."""


def problem_response(error: Exception, observation: Observation) -> Response:
    """The answer for any exception."""
    known = observation.failed(_of_http(error) if isinstance(error, HTTPException) else error)
    problem = _problem(known, observation.request_id)
    return Response(problem.model_dump_json(), known.http_status, _headers(error, known), media_type="application/problem+json")


async def answer_with_problem(request: HttpRequest, error: Exception) -> Response:
    """As an exception handler of the application."""
    return problem_response(error, request.state.observation)


def invalid_request(error: ValidationError, part: str) -> InvalidRequest:
    """What a model refused, with the places as in `body.results[0].attempt` or `query.limit`."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    fields = [InvalidField(place=_place(part, each["loc"]), message=each["msg"], code=each["type"]) for each in found[:MOST_FIELDS]]
    return InvalidRequest(f"{len(found)} field{'s are' if len(found) > 1 else ' is'} not of the form", fields=fields)


def unreadable_body(error: UnreadableValue) -> BadRequest:
    """A body that gives no value at all."""
    return BadRequest(f"the body cannot be read: {error.sentence}", hint=error.hint)


def _of_http(error: HTTPException) -> InterlockError:
    if error.status_code == 404:
        return PageNotFound("there is nothing at this address", hint="GET /openapi.json lists every operation")
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        return MethodNotAllowed("this address is not there for this method", hint=f"it takes {allowed}" if allowed else "")
    return BadRequest(error.detail)


def _problem(error: InterlockError, request_id: str) -> Problem:
    fields: tuple[InvalidField, ...] = getattr(error, "fields", ())
    kind = type(error)
    return Problem(
        type=f"urn:interlock:error:{kind.code}",
        title=" ".join((kind.__doc__ or kind.__name__).split()),
        status=kind.http_status,
        detail=error.message,
        details=error.details,
        code=kind.code,
        hint=error.hint,
        instance=request_id,
        retryable=kind.retryable,
        invalid=[InvalidFieldAnswer.model_validate(field) for field in fields],
    )


def _headers(error: Exception, known: InterlockError) -> Mapping[str, str]:
    headers: dict[str, str] = {}
    if isinstance(error, HTTPException) and error.headers and "Allow" in error.headers:
        headers["Allow"] = error.headers["Allow"]
    if known.retryable and known.http_status in WITH_RETRY_AFTER:
        headers["Retry-After"] = str(getattr(known, "retry_after_seconds", RETRY_SECONDS))
    if isinstance(known, NotSignedIn):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(known, RequestTooSlow):
        headers["Connection"] = "close"
    return headers


def _place(part: str, steps: tuple[Any, ...]) -> str:
    return part + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
