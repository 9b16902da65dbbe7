"""Answers calls: reads the request, calls `perform`, writes the answer."""

import asyncio
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Final

import grpc
from pydantic import SecretStr

from interlock.api.auth.permissions import Permission
from interlock.api.call import Call, Services, admit, check_still_allowed, perform, watch
from interlock.api.capacity import Capacity
from interlock.api.grpc.calls import Requests, deadline, observed, receive
from interlock.api.grpc.metadata import REQUEST_ID, SESSION, Context, find_caller, metadata_of, remote_of, trace_parent_of
from interlock.api.grpc.methods import Method
from interlock.api.grpc.streaming import send_events
from interlock.api.grpc.values import has_more_than
from interlock.api.models.base import Request
from interlock.api.observing import Observation
from interlock.api.storable import check_storable
from interlock.errors import RequestTooLarge

CALL_LIMIT: Final = 1_000
"""Maximum number of calls that one process answers at once; open streams are not counted."""
ANONYMOUS_BYTES: Final = 16 * 1024
"""Maximum size of a request from a caller who is not signed in."""
ANONYMOUS_LIMIT: Final = 32
"""Maximum number of such requests that are received at once: gRPC itself receives a message whole, however large it is."""
QUICK_BYTES: Final = 64 * 1024
"""Larger messages are read in another thread."""
QUICK_VALUES: Final = 2_000
"""Answers of more values are written in another thread."""


@dataclass(slots=True)
class Answering:
    """Answers the calls of every method.

    Attributes:
        closing: set when the process stops; then streams end.
        call_limit: maximum number of calls answered at once; open streams are not counted.
        anonymous_limit: maximum number of requests received at once from callers who are not signed in.
    """

    services: Services
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    call_limit: int = CALL_LIMIT
    anonymous_limit: int = ANONYMOUS_LIMIT
    _calls: Capacity = field(init=False)
    _anonymous: Capacity = field(init=False)

    def __post_init__(self) -> None:
        self._calls = Capacity(self.call_limit, f"{self.call_limit:,} calls are under way here")
        self._anonymous = Capacity(self.anonymous_limit, "many people are signing in just now")

    async def answer(self, method: Method, requests: Requests, context: Context) -> bytes:  # noqa: ARG002 - read from the context
        """Answers a call with one message."""
        async with observed(context) as observation, deadline(context):
            with self._calls.use(), self._observing(method, context, observation) as trace_parent:
                call = await self._call_of(method, context, observation, trace_parent)
                request = await self._read(method, context, call)
                observation.note_ids(request)
                answer = await perform(call, method.operation, request)
            token = getattr(answer, "token", None)
            if isinstance(token, SecretStr):
                context.set_trailing_metadata(((REQUEST_ID, observation.request_id), (SESSION, token.get_secret_value())))

            def write() -> bytes:
                return method.answer_message(answer).SerializeToString()

            return write() if not has_more_than(QUICK_VALUES, answer) else await self.services.readers.run(call.asker, write)

    async def stream(self, method: Method, requests: Requests, context: Context) -> None:  # noqa: ARG002 - read from the context
        """Answers a call with any number of messages."""
        async with observed(context) as observation, deadline(context):
            with self._observing(method, context, observation) as trace_parent:
                call = await self._call_of(method, context, observation, trace_parent)
                request = await self._read(method, context, call)
                observation.note_ids(request)
                events = watch(call, method.operation, request)
            await send_events(
                events,
                method,
                context,
                on_sending=lambda: observation.note_answer(grpc.StatusCode.OK.name),
                still_allowed=lambda: self._check_still_allowed(method, context, call),
                closing=self.closing,
            )

    def _observing(self, method: Method, context: Context, observation: Observation) -> AbstractContextManager[str | None]:
        return observation.note_operation(method.operation, self.services.tracing, trace_parent_of(metadata_of(context)))

    async def _call_of(self, method: Method, context: Context, observation: Observation, trace_parent: str | None) -> Call:
        """Finds out who calls, and checks that they may, before anything of the message is read.

        Raises what `authenticate` and `admit` raise.
        """
        is_public = method.operation.permission is Permission.PUBLIC
        principal = None if is_public else await find_caller(self.services, context)
        observation.note_caller(principal)
        admit(self.services, method.operation, principal)
        return Call(
            services=self.services,
            principal=principal,
            request_id=observation.request_id,
            trace_parent=trace_parent,
            remote=remote_of(context, self.services.settings),
            face="grpc",
        )

    async def _check_still_allowed(self, method: Method, context: Context, call: Call) -> None:
        check_still_allowed(call, method.operation, await find_caller(self.services, context))

    async def _read(self, method: Method, context: Context, call: Call) -> Request:
        with self._capacity_for_reading(method):
            data = await receive(context)
        limit = self._limit_of(method)
        if len(data) > limit:
            raise RequestTooLarge(f"the request has {len(data):,} bytes; at most {limit:,} are read", hint="make it smaller, or send it in parts")

        def read() -> Request:
            request = method.read_request(data)
            check_storable(request)
            return request

        return read() if len(data) <= QUICK_BYTES else await self.services.readers.run(call.asker, read)

    def _limit_of(self, method: Method) -> int:
        settings = self.services.settings
        if method.operation.permission is Permission.PUBLIC:
            return min(ANONYMOUS_BYTES, settings.body_limit)
        return settings.definition_limit if method.operation.takes_definition else settings.body_limit

    def _capacity_for_reading(self, method: Method) -> AbstractContextManager[None]:
        return self._anonymous.use() if method.operation.permission is Permission.PUBLIC else nullcontext()
