"""Answers every error with problem details of RFC 9457."""

from collections.abc import Mapping
from typing import Final

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from interlock.api.invalid_fields import invalid_fields
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
"""A retryable error with one of these statuses has the header `Retry-After`, as has one that says itself when to come again."""


def says_when(kind: type[InterlockError]) -> bool:
    """Returns whether an answer with an error of this kind has the header `Retry-After`."""
    return kind.retry_after_seconds is not None or (kind.retryable and kind.http_status in WITH_RETRY_AFTER)


def problem_response(error: Exception, observation: Observation) -> Response:
    """Returns the answer for any exception."""
    known = observation.note_error(_of_http(error) if isinstance(error, HTTPException) else error)
    problem = _problem(known, observation.request_id)
    return Response(problem.model_dump_json(), known.http_status, _headers(error, known), media_type="application/problem+json")


async def answer_with_problem(request: HttpRequest, error: Exception) -> Response:
    """Handles exceptions of the application."""
    return problem_response(error, request.state.observation)


def invalid_request(error: ValidationError, part: str) -> InvalidRequest:
    """Returns the error for what a model refused, with places such as `body.results[0].attempt` or `query.limit`."""
    count = error.error_count()
    return InvalidRequest(f"{count} field{'s are' if count > 1 else ' is'} not valid", fields=invalid_fields(error, part=part))


def unreadable_body(error: UnreadableValue) -> BadRequest:
    """Returns the error for a body that is not JSON or YAML."""
    return BadRequest(f"the body cannot be read: {error.sentence}", hint=error.hint)


def _of_http(error: HTTPException) -> InterlockError:
    if error.status_code == 404:
        return PageNotFound("there is nothing at this address", hint="GET /openapi.json lists every operation")
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        return MethodNotAllowed("this address does not have this method", hint=f"it takes {allowed}" if allowed else "")
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
    if says_when(type(known)):
        headers["Retry-After"] = str(RETRY_SECONDS if known.retry_after_seconds is None else known.retry_after_seconds)
    if isinstance(known, NotSignedIn):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(known, RequestTooSlow):
        headers["Connection"] = "close"
    return headers
