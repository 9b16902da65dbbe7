"""Limits the size and the time of a request's head (its first line and headers) on each connection."""

import asyncio
import contextlib
import socket
from asyncio import TimerHandle
from typing import Any, Final
from uuid import uuid4

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from interlock.api.observing import Observation
from interlock.api.rest.problems import problem_response
from interlock.errors import BadRequest, HeadTooLarge, InterlockError, RequestTooSlow

HEAD_BYTES: Final = 64 * 1024
"""The request line and all headers together."""
ONCE: Final = frozenset({b"host", b"authorization", b"content-type", b"origin", b"x-csrf-token", b"x-workspace-id"})
HEAD_SECONDS: Final = 20.0
"""Time in which they must arrive; a new connection on which nothing arrives is closed after the same time."""
_IDLE_SECONDS, _PROBE_SECONDS, _PROBES = 60, 15, 4
"""A peer that has gone without closing is given up after two minutes."""


def check_head(scope: Scope) -> None:
    """Checks a head that arrived in one piece.

    Raises:
        BadRequest: a header that says who asks, or for what, came twice; a proxy might have read the other one. Or HTTP/1.1 came without `Host`.
        HeadTooLarge: the head is larger than `HEAD_BYTES`.
    """
    once = [name for name, _ in scope["headers"] if name in ONCE]
    if len(once) != len(set(once)):
        twice = next(name for name in once if once.count(name) > 1).decode()
        raise BadRequest(f"the header {twice} comes more than once", hint="send it once")
    if b"host" not in once and scope["http_version"] == "1.1":
        raise BadRequest("the header host is missing", hint="HTTP/1.1 asks for it: send the name and the port that you connect to")
    size = len(scope.get("raw_path") or b"") + len(scope["query_string"]) + sum(len(name) + len(value) for name, value in scope["headers"])
    if size > HEAD_BYTES:
        raise _too_large()


class BoundedProtocol(HttpToolsProtocol):
    """The protocol of uvicorn, which itself reads a head of any size for any time, and answers a broken one in its own words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_in_head = True
        self._head_bytes = 0
        self._timer: TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its parent has it
        super().connection_made(transport)
        _keep_alive(transport.get_extra_info("socket"))
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_in_head:
            self._head_bytes += len(data)
            self._start_timer()
        super().data_received(data)
        if self._is_in_head and self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
            self._refuse(_too_large())

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._stop_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._is_in_head, self._head_bytes = True, 0

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - as its parent has it
        if len(getattr(self, "url", b"")) > HEAD_BYTES:  # the parser gives up before we do
            self._refuse(_too_large())
            return
        self._refuse(
            BadRequest("this is not a request of HTTP/1.1", hint="check the proxy, if there is one: here it must speak neither TLS nor HTTP/2")
        )

    def _start_timer(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(HEAD_SECONDS, self._refuse_late_head)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse_late_head(self) -> None:
        self._timer = None
        if self.transport.is_closing() or not self._is_in_head:
            return
        if self._head_bytes:
            self._refuse(RequestTooSlow(f"the head of the request did not arrive within {HEAD_SECONDS:.0f} seconds", hint="send it again"))
        else:
            self.transport.close()

    def _refuse(self, error: InterlockError) -> None:
        """Answers and closes.

        A request that arrived whole is answered first, and this one with it by the end of the connection. An answer that has begun is cut off.
        """
        self._stop_timer()
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            if cycle.response_started:
                self.transport.close()
                return
            if self._is_in_head or self.pipeline:
                cycle.keep_alive = False
                self.flow.pause_reading()
                return
            cycle.disconnected = True  # its body cannot be read: its reader stops
            cycle.message_event.set()
        self._answer(error)
        self.transport.close()

    def _answer(self, error: InterlockError) -> None:
        observation = Observation("rest", uuid4().hex)
        response = problem_response(error, observation)
        observation.note_answer(response.status_code)
        headers = [*response.raw_headers, (b"x-request-id", observation.request_id.encode()), (b"connection", b"close")]
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
        self.transport.write(STATUS_LINE[response.status_code] + lines + b"\r\n" + bytes(response.body))
        observation.finish()


def _keep_alive(connection: socket.socket | None) -> None:
    """Lets the operating system find out that the other side has gone, if it can."""
    if connection is None or connection.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    seconds = _IDLE_SECONDS + _PROBES * _PROBE_SECONDS
    options = {"TCP_KEEPIDLE": _IDLE_SECONDS, "TCP_KEEPINTVL": _PROBE_SECONDS, "TCP_KEEPCNT": _PROBES, "TCP_USER_TIMEOUT": seconds * 1000}
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in options.items():
            if hasattr(socket, name):
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _too_large() -> HeadTooLarge:
    return HeadTooLarge(f"address and headers of the request are larger than {HEAD_BYTES:,} bytes", hint="send large values in the body")
