"""One endpoint for each operation: reads the request, calls `perform`, writes the answer."""

import asyncio
import gzip
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

from pydantic import SecretStr
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from interlock.api.call import Call, Services, admit, check_still_allowed, perform, watch
from interlock.api.capacity import Capacity
from interlock.api.models.base import Answer, Nothing
from interlock.api.observing import Observation
from interlock.api.operations import Operation
from interlock.api.rest.events import EventStream, begin_events
from interlock.api.rest.forms import PREFIX, form_of
from interlock.api.rest.positions import locate_refusal, locate_report
from interlock.api.rest.proofs import delete_session_cookie, find_caller, find_principal, remote_of, set_session_cookie
from interlock.api.rest.requests import read_request
from interlock.errors import DatabaseUnavailable, DefinitionRefused, InterlockError
from interlock.tracing import is_trace_parent

Endpoint = Callable[[HttpRequest], Awaitable[Response]]

COMPRESSED_FROM: Final = 16 * 1024
"""Larger answers are compressed."""
QUICK_BYTES: Final = 256 * 1024
"""Larger answers are compressed in another thread."""


def endpoint_of(operation: Operation) -> Endpoint:
    """Makes the endpoint of an operation."""
    form = form_of(operation)

    async def answer_request(request: HttpRequest) -> Response:
        services: Services = request.app.state.services
        observation: Observation = request.state.observation
        with observation.note_operation(operation, services.tracing, _trace_parent(request)) as trace_parent, _capacity(request).use():
            principal = await find_caller(request, services, operation)
            observation.note_caller(principal)
            admit(services, operation, principal)  # before anything of the body is read
            call = Call(
                services=services,
                principal=principal,
                request_id=observation.request_id,
                trace_parent=trace_parent,
                remote=remote_of(request),
            )
            asked = await read_request(form, request, call)
            observation.note_ids(asked)
            if operation.streams:
                return await _stream(request, call, operation, asked)
            return await _response(request, operation, await _perform(request, call, operation, asked))

    return answer_request


async def _perform(request: HttpRequest, call: Call, operation: Operation, asked: Any) -> Answer:
    """Performs the operation; errors in a definition that came as YAML get their lines."""
    raw: bytes | None = getattr(request.state, "yaml", None)
    if raw is None:
        return await perform(call, operation, asked)
    text, readers = raw.decode("utf-8-sig"), call.services.readers
    try:
        answer = await perform(call, operation, asked)
    except DefinitionRefused as error:
        raise await readers.run(call.asker, locate_refusal, error, text) from error
    return await readers.run(call.asker, locate_report, answer, text)


def _capacity(request: HttpRequest) -> Capacity:
    """Returns the capacity of the process. A stream uses it only until it begins."""
    capacity: Capacity = request.app.state.capacity
    return capacity


async def _stream(request: HttpRequest, call: Call, operation: Operation, asked: Any) -> Response:
    events = watch(call, operation, asked)
    first = await begin_events(events)

    async def still_allowed() -> bool:
        try:
            check_still_allowed(call, operation, await find_principal(request, call.services))
        except DatabaseUnavailable:
            return True  # it will be asked again
        except InterlockError:
            return False
        return True

    return EventStream(events, first, still_allowed=still_allowed, closing=request.app.state.closing)


async def _response(request: HttpRequest, operation: Operation, answer: Answer) -> Response:
    headers: dict[str, str] = {}
    if operation.etag:
        headers["ETag"] = f'"{answer.version}"'  # type: ignore[attr-defined]  # each of them has it
        if operation.is_conditional and _is_known(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
    if operation.location is not None:
        prefix = request.app.state.services.settings.path_prefix + PREFIX
        headers["Location"] = prefix + operation.location.format_map(_Attributes(answer))
    if isinstance(answer, Nothing):
        response = Response(status_code=operation.status, headers=headers)
    else:
        response = await _json(request, answer.model_dump_json().encode(), operation.status, headers)
    _update_cookie(response, request, operation, answer)
    return response


async def _json(request: HttpRequest, body: bytes, status: int, headers: dict[str, str]) -> Response:
    """Compresses large answers if the client accepts that; but not one with an `ETag`, which stands for exactly these bytes."""
    if len(body) > COMPRESSED_FROM and "ETag" not in headers:
        headers["Vary"] = "Accept-Encoding"
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, 1) if len(body) <= QUICK_BYTES else await asyncio.to_thread(gzip.compress, body, 1)
    return Response(body, status, headers, "application/json")


def _update_cookie(response: Response, request: HttpRequest, operation: Operation, answer: Answer) -> None:
    token = getattr(answer, "token", None)
    if isinstance(token, SecretStr):
        set_session_cookie(response, token.get_secret_value(), request.app.state.services.settings)
    elif operation.session == "ends":
        delete_session_cookie(response, request.app.state.services.settings)


def _is_known(request: HttpRequest, etag: str) -> bool:
    known = ",".join(request.headers.getlist("if-none-match"))
    return known.strip() == "*" or etag in re.findall(r'"[^"]*"', known)


def _trace_parent(request: HttpRequest) -> str | None:
    given = request.headers.get("traceparent")
    return given if given is not None and is_trace_parent(given) else None


class _Attributes(dict[str, Any]):
    """Fields of an answer, for `format_map`."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self._answer = answer

    def __missing__(self, name: str) -> Any:
        return getattr(self._answer, name)
