"""Server-sent events, which continue over a new connection when one breaks."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import httpx

from interlock.api.models.executions import ExecutionEvent
from interlock.api.operations import OPERATIONS, Operation
from interlock.client.calling import Caller, Pauses, retry_after, unreachable
from interlock.client.problems import error_of, invalid_answer
from interlock.client.requests import PreparedCall, prepare
from interlock.errors import InterlockError

EventT = TypeVar("EventT", bound=ExecutionEvent)

SILENCE_SECONDS: Final = 45.0
"""The server sends something every 15 s; after three times that the connection counts as dead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSentEvent:
    id: str
    event: str
    data: str


class StreamingCaller(Caller):
    async def _stream(self, name: str, kind: type[EventT], /, **values: Any) -> AsyncGenerator[EventT, None]:
        """Yields the events of one operation, up to the one of kind `end`. A new connection resumes after the last event that came."""
        operation = OPERATIONS[name]
        call = prepare(operation, values)
        last_id: str | None = None
        pauses = Pauses(self._patience_seconds)
        while True:
            asked_seconds: float | None = None
            try:
                async with aclosing(self._connection(operation, call, last_id)) as events:
                    async for event in events:
                        parsed = _parse(operation, kind, event)
                        last_id = event.id or last_id
                        pauses = Pauses(self._patience_seconds)
                        yield parsed
                        if parsed.kind == "end":
                            return
                failure: InterlockError = unreachable(self.url, httpx.RemoteProtocolError("the stream ended before the execution did"))
            except httpx.TransportError as error:
                failure = unreachable(self.url, error)
            except _RefusedForNow as refused:
                failure, asked_seconds = refused.error, refused.asked_seconds
            if not await pauses.pause(asked_seconds):
                raise failure

    async def _connection(self, operation: Operation, call: PreparedCall, last_id: str | None) -> AsyncGenerator[ServerSentEvent, None]:
        headers = self._headers(operation, call) | {"Accept": "text/event-stream"} | ({"Last-Event-ID": last_id} if last_id else {})
        timeout = httpx.Timeout(self._timeout.connect, read=SILENCE_SECONDS)
        async with self._http.stream("GET", f"{self.url}{call.path}", params=call.query, headers=headers, timeout=timeout) as response:
            if not response.is_success:
                await response.aread()
                error = error_of(response)
                raise _RefusedForNow(error, retry_after(response)) if error.retryable else error
            async for event in parse_events(response.aiter_lines()):
                yield event


class _RefusedForNow(Exception):
    """The server refused, but may accept later."""

    def __init__(self, error: InterlockError, asked_seconds: float | None) -> None:
        super().__init__(str(error))
        self.error = error
        self.asked_seconds = asked_seconds


async def parse_events(lines: AsyncIterator[str]) -> AsyncGenerator[ServerSentEvent, None]:
    """Reads events as the HTML standard says (9.2.6); one that no empty line ends is dropped."""
    fields: dict[str, list[str]] = {}
    async for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields.setdefault(name, []).append(value.removeprefix(" "))
            continue
        if "data" in fields:
            yield ServerSentEvent(id=fields.get("id", [""])[-1], event=fields.get("event", ["message"])[-1], data="\n".join(fields["data"]))
        fields = {}


def _parse(operation: Operation, kind: type[EventT], event: ServerSentEvent) -> EventT:
    try:
        return kind.model_validate_json(event.data)
    except ValueError as error:
        raise invalid_answer(operation.name, error) from error
