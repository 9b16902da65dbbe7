"""Gives every answer over HTTP the id of its request and the headers of security, and turns every exception into a problem."""

import re
from typing import Final
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from interlock.api.observing import CANCELLED, Observation
from interlock.api.rest.connections import check_head
from interlock.api.rest.problems import problem_response

REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_.-]{8,64}")
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
"""Headers of every answer that does not set them itself."""
PART_HEADERS: Final = frozenset({"X-Content-Type-Options", "Cross-Origin-Resource-Policy", "Strict-Transport-Security"})
"""Those that mean something for a part of a page, for example a script; a first visit asks for dozens of parts."""


class Envelope:
    """Wraps the whole application."""

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        self._app = app
        self._headers = HEADERS | ({"Strict-Transport-Security": "max-age=31536000"} if is_https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        observation = Observation("rest", _request_id(scope))
        scope.setdefault("state", {})["observation"] = observation
        try:
            await self._answer(observation, scope, receive, send)
        except ClientDisconnect:
            observation.code = CANCELLED
        except BaseException:
            observation.code = CANCELLED
            raise
        finally:
            observation.finish()

    async def _answer(self, observation: Observation, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def send_wrapped(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                observation.note_answer(message["status"])
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = observation.request_id
                is_part = "immutable" in headers.get("Cache-Control", "")
                for name, value in self._headers.items():
                    if not is_part or name in PART_HEADERS:
                        headers.setdefault(name, value)
            await send(message)

        try:
            check_head(scope)
            await self._app(scope, receive, send_wrapped)
        except ClientDisconnect:
            raise
        except Exception as error:  # noqa: BLE001 - every exception is answered and logged
            response = problem_response(error, observation)
            if not has_begun:
                await response(scope, receive, send_wrapped)


def _request_id(scope: Scope) -> str:
    """Returns the caller's id if it is harmless, else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            given = value.decode("latin-1")
            return given if REQUEST_ID.fullmatch(given) else uuid4().hex
    return uuid4().hex
