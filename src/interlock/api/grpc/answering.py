"""One call of one method: bytes in, `perform`, bytes out."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Final

import grpc
from pydantic import SecretStr

from interlock.api.auth.permissions import Permission
from interlock.api.call import Call, Services, check_allowed, perform, watch
from interlock.api.grpc.calls import Requests, deadline, observed, receive
from interlock.api.grpc.metadata import REQUEST_ID, SESSION, Context, metadata_of, remote_of, trace_parent_of, who_asks
from interlock.api.grpc.methods import Method
from interlock.api.grpc.streaming import send_events
from interlock.api.models.base import Request
from interlock.api.observing import Observation
from interlock.errors import RequestTooLarge, TooBusy

CALL_LIMIT: Final = 1_000
"""How many calls one process has under way at once, streams not counted."""
STRANGERS: Final = 16 * 1024
"""How many bytes are read of a request from whoever is not signed in."""
STRANGERS_AT_ONCE: Final = 32
"""From so many who are not signed in a request is received at once: gRPC itself takes whole messages, however large."""
QUICKLY_READ: Final = 64 * 1024
"""Larger messages are read beside the event loop."""


@dataclass(slots=True)
class Answering:
    """Answers every method's calls.

    Attributes:
        closing: set when the process stops; then streams end.
        call_limit: how many calls there may be under way at once, streams not counted.
    """

    services: Services
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    call_limit: int = CALL_LIMIT
    _under_way: int = 0
    _strangers: int = 0

    async def answer(self, method: Method, requests: Requests, context: Context) -> bytes:  # noqa: ARG002 - read from the context
        """Answer a call with one message."""
        async with observed(context) as observation, deadline(context):
            with self._room(), self._asking(method, context, observation) as trace_parent:
                call = await self._call_of(method, context, observation, trace_parent)
                request = await self._read(method, context)
                observation.about(request)
                answer = await perform(call, method.operation, request)
            token = getattr(answer, "token", None)
            if isinstance(token, SecretStr):
                context.set_trailing_metadata(((REQUEST_ID, observation.request_id), (SESSION, token.get_secret_value())))
            return method.answer_message(answer).SerializeToString()

    async def stream(self, method: Method, requests: Requests, context: Context) -> None:  # noqa: ARG002 - read from the context
        """Answer a call with any number of messages."""
        async with observed(context) as observation, deadline(context):
            with self._asking(method, context, observation) as trace_parent:
                call = await self._call_of(method, context, observation, trace_parent)
                request = await self._read(method, context)
                observation.about(request)
                events = watch(call, method.operation, request)
            await send_events(
                events,
                method,
                context,
                on_sending=lambda: observation.answering(grpc.StatusCode.OK.name),
                still_allowed=lambda: self._check_still_allowed(method, context),
                closing=self.closing,
            )

    def _asking(self, method: Method, context: Context, observation: Observation) -> AbstractContextManager[str | None]:
        return observation.of(method.operation, self.services.tracing, trace_parent_of(metadata_of(context)))

    async def _call_of(self, method: Method, context: Context, observation: Observation, trace_parent: str | None) -> Call:
        """Raises what `authenticate` and `check_allowed` raise, before anything of the message is read."""
        is_public = method.operation.permission is Permission.PUBLIC
        principal = None if is_public else await who_asks(self.services, context)
        observation.by(principal)
        check_allowed(method.operation, principal)
        return Call(
            services=self.services,
            principal=principal,
            request_id=observation.request_id,
            trace_parent=trace_parent,
            remote=remote_of(context, self.services.settings),
            face="grpc",
        )

    async def _check_still_allowed(self, method: Method, context: Context) -> None:
        check_allowed(method.operation, await who_asks(self.services, context))

    async def _read(self, method: Method, context: Context) -> Request:
        with self._room_for_strangers(method):
            data = await receive(context)
        limit = self._limit_of(method)
        if len(data) > limit:
            raise RequestTooLarge(f"the request has {len(data):,} bytes; at most {limit:,} are read", hint="make it smaller, or send it in parts")
        return method.read_request(data) if len(data) <= QUICKLY_READ else await asyncio.to_thread(method.read_request, data)

    def _limit_of(self, method: Method) -> int:
        settings = self.services.settings
        if method.operation.permission is Permission.PUBLIC:
            return min(STRANGERS, settings.body_limit)
        return settings.definition_limit if method.operation.yaml else settings.body_limit

    @contextmanager
    def _room(self) -> Iterator[None]:
        if self._under_way >= self.call_limit:
            raise TooBusy(f"{self.call_limit:,} calls are under way here", hint="try again, or another process")
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    @contextmanager
    def _room_for_strangers(self, method: Method) -> Iterator[None]:
        if method.operation.permission is not Permission.PUBLIC:
            yield
            return
        if self._strangers >= STRANGERS_AT_ONCE:
            raise TooBusy("many sign in here just now", hint="try again, or another process")
        self._strangers += 1
        try:
            yield
        finally:
            self._strangers -= 1
