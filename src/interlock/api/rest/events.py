"""Sends the changes of one execution as server-sent events."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from time import monotonic
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from interlock.api.models.executions import ExecutionEvent

KEEP_ALIVE_SECONDS: Final = 15.0
CHECK_SECONDS: Final = 5.0
"""How often the server checks again that the watcher still may."""
SEND_SECONDS: Final = 60.0
"""A client that reads nothing for this long is disconnected."""
FIRST_SECONDS: Final = 0.5
"""How long the server waits for an error before it answers 200: later the status cannot change."""


class EventStream(Response):
    """Sends events until the last one, or until the client goes, may no longer watch, or the process stops. A client resumes with `Last-Event-ID`."""

    media_type = "text/event-stream"

    def __init__(
        self,
        events: AsyncIterator[ExecutionEvent],
        first: "asyncio.Task[ExecutionEvent]",
        *,
        still_allowed: Callable[[], Awaitable[bool]],
        closing: asyncio.Event,
    ) -> None:
        self.status_code = 200
        self.background = None
        self.init_headers({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._events = events
        self._first = first
        self._still_allowed = still_allowed
        self._closing = closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        sending = asyncio.create_task(self._send_all(send))
        leaving = [
            asyncio.create_task(_until_gone(receive)),
            asyncio.create_task(self._closing.wait()),
            asyncio.create_task(self._until_not_allowed()),
        ]
        try:
            await asyncio.wait([sending, *leaving], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, self._first, *leaving):
                task.cancel()
            await asyncio.gather(sending, self._first, *leaving, return_exceptions=True)
            await close_events(self._events)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SEND_SECONDS):
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        _raise_defect(sending)

    async def _send_all(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await _write(send, b"retry: 1000\n\n")
        pulling = self._first
        while True:
            done, _ = await asyncio.wait([pulling], timeout=KEEP_ALIVE_SECONDS)
            if not done:
                await _write(send, b": keep-alive\n\n")
                continue
            try:
                event = pulling.result()
            except StopAsyncIteration:
                return
            await _write(send, event_text(event))
            if event.kind == "end":
                return
            pulling = pull(self._events)
            self._first = pulling

    async def _until_not_allowed(self) -> None:
        asked_at = monotonic()
        while True:
            await asyncio.sleep(max(0.0, asked_at + CHECK_SECONDS - monotonic()))
            asked_at = monotonic()
            if not await self._still_allowed():
                return


async def begin_events(events: AsyncIterator[ExecutionEvent]) -> "asyncio.Task[ExecutionEvent]":
    """Asks for the first event. An error that comes at once is raised here, while it can still be answered with its status."""
    first = pull(events)
    await asyncio.wait([first], timeout=FIRST_SECONDS)
    if first.done() and (error := first.exception()) is not None and not isinstance(error, StopAsyncIteration):
        await close_events(events)
        raise error
    return first


def pull(events: AsyncIterator[ExecutionEvent]) -> "asyncio.Task[ExecutionEvent]":
    async def next_event() -> ExecutionEvent:
        return await anext(events)

    return asyncio.create_task(next_event())


def event_text(event: ExecutionEvent) -> bytes:
    return f"id: {event.change_number}\nevent: {event.kind}\ndata: {event.model_dump_json()}\n\n".encode()


async def close_events(events: AsyncIterator[ExecutionEvent]) -> None:
    """Ends the watcher."""
    close = getattr(events, "aclose", None)
    if close is not None:
        await close()


async def _write(send: Send, text: bytes) -> None:
    async with asyncio.timeout(SEND_SECONDS):
        await send({"type": "http.response.body", "body": text, "more_body": True})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _raise_defect(sending: "asyncio.Task[None]") -> None:
    if not sending.cancelled() and (error := sending.exception()) is not None and not isinstance(error, TimeoutError | OSError):
        raise error
