"""Asks an operation over REST or gRPC as somebody, and returns everything that came back."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

import grpc.aio
import httpx
from google.protobuf import text_format
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from interlock.api.auth.permissions import OF_INSTALLATION, PERMISSIONS_OF, Permission
from interlock.api.auth.tokens import csrf_token_of
from interlock.api.grpc.metadata import SESSION
from interlock.api.grpc.methods import METHODS
from interlock.api.grpc.server import start_grpc
from interlock.api.grpc.v1 import errors_pb2
from interlock.api.models.users import Role
from interlock.api.operations import Operation
from interlock.api.rest.forms import PREFIX, form_of
from interlock.errors import DatabaseUnavailable, TooBusy
from tests.api.grpc.client import message_of
from tests.api.serving import DEFAULT, Api, Person, open_session

REQUEST_ID: Final = "attack-0000"
"""The same for all requests, so that answers differ only in what they say."""
PASSING: Final = frozenset({DatabaseUnavailable.code, TooBusy.code})
"""What a machine that is busy answers: it says nothing of what was asked for."""
TRIES: Final = 50
PAUSE_SECONDS: Final = 0.2
_OF_TRANSPORT: Final = frozenset({"date", "server", "content-length", "content-encoding", "vary", "transfer-encoding"})
_WITH_MODELS: Final = (
    error_details_pb2.ErrorInfo,
    error_details_pb2.RequestInfo,
    error_details_pb2.RetryInfo,
    error_details_pb2.BadRequest,
    errors_pb2.InvalidFields,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, with an API key or with a session.

    Attributes:
        is_guest: whether they are a member of the victim's workspace, too, and their session may know it; a key is of one workspace.
        worker: a worker of theirs, once they have claimed something.
    """

    name: str
    role: Role
    workspace_id: int
    is_guest: bool = False
    key: str | None = None
    session: str | None = None
    worker: str = field(default_factory=lambda: str(uuid4()))

    def may(self, permission: Permission) -> bool:
        return permission in PERMISSIONS_OF[self.role] and (permission not in OF_INSTALLATION or self.workspace_id == DEFAULT)

    @property
    def administers(self) -> bool:
        """Whether they are an admin of the first workspace, and so of the installation."""
        return self.may(Permission.WORKSPACES_MANAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """All that came back.

    Attributes:
        code: `ok`, or the code of the error; `refused` where there is no body.
        text: status, headers and body.
    """

    code: str
    text: str


class Face(ABC):
    """One of the protocols."""

    async def ask(self, operation: Operation, caller: Caller, request: Mapping[str, Any], *, variant: str = "") -> Reply:
        """Asks until the server has time to answer. `variant`: one of `variants_of`."""
        reply = await self._ask_once(operation, caller, request, variant)
        for _ in range(TRIES):
            if reply.code not in PASSING:
                break
            await asyncio.sleep(PAUSE_SECONDS)
            reply = await self._ask_once(operation, caller, request, variant)
        return reply

    @abstractmethod
    async def _ask_once(self, operation: Operation, caller: Caller, request: Mapping[str, Any], variant: str) -> Reply:
        """Asks once, whatever the answer is."""


def variants_of(operation: Operation, request: Mapping[str, Any]) -> list[str]:
    """The ways in which REST takes the same request."""
    found = [""]
    if operation.header is not None and not operation.header.only and operation.header.field in request:
        found.append("header")
    if operation.is_conditional:
        found.append("known")
    if operation.method == "GET" and not operation.streams:
        found.append("head")
    return found


class Rest(Face):
    """Sends requests over HTTP."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def _ask_once(self, operation: Operation, caller: Caller, request: Mapping[str, Any], variant: str) -> Reply:
        form, header = form_of(operation), operation.header
        headers = {"X-Request-Id": REQUEST_ID, **_proof_over_rest(caller)}
        if header is not None and header.field in request and (header.only or variant == "header"):
            value = request[header.field]
            headers[header.header] = f'"{value}"' if header.only else str(value)
            request = {name: given for name, given in request.items() if name != header.field}
        if variant == "known":
            headers["If-None-Match"] = '"1", "2", *'
        path = operation.path.format(**{name: quote(str(request[name]), safe="") for name in form.path.model_fields})
        sent = {name: value for name, value in request.items() if name not in form.path.model_fields}
        parts: dict[str, Any] = {"json": sent} if form.body is not None else {"params": sent}
        if operation.streams:
            return await self._stream(operation.method, path, headers, parts)
        answer = await self._client.request("HEAD" if variant == "head" else operation.method, PREFIX + path, headers=headers, **parts)
        return _reply(answer, answer.text)

    async def get(self, path: str, caller: Caller) -> Reply:
        """Gets what is no operation."""
        answer = await self._client.get(path, headers={"X-Request-Id": REQUEST_ID, **_proof_over_rest(caller)})
        return _reply(answer, answer.text)

    async def _stream(self, method: str, path: str, headers: Mapping[str, str], parts: Mapping[str, Any]) -> Reply:
        """Reads the first event."""
        async with self._client.stream(method, PREFIX + path, headers=headers, **parts) as answer:
            text = ""
            async for chunk in answer.aiter_text():
                text += chunk
                if "data:" in text:
                    break
            return _reply(answer, text)


class Grpc(Face):
    """Calls methods over one channel."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel

    async def _ask_once(self, operation: Operation, caller: Caller, request: Mapping[str, Any], variant: str) -> Reply:
        method = METHODS[operation.name]
        kind = self._channel.unary_stream if operation.streams else self._channel.unary_unary
        call: Any = kind(method.path, request_serializer=None, response_deserializer=None)
        metadata = (("x-request-id", REQUEST_ID), *_proof_over_grpc(caller))
        started = call(message_of(operation.name, dict(request)).SerializeToString(), metadata=metadata, timeout=60)
        try:
            data = await (started.read() if operation.streams else started)
        except grpc.aio.AioRpcError as error:
            return _refused(error)
        finally:
            started.cancel()
        assert isinstance(data, bytes), f"{operation.name} ended without a message"
        text = text_format.MessageToString(method.answer.message.FromString(data), as_utf8=True) if method.answer is not None else ""
        trailing = () if operation.streams else await started.trailing_metadata() or ()
        return Reply(code="ok", text=f"OK\n{_lines(trailing)}\n{text}")


@asynccontextmanager
async def faces_of(api: Api) -> AsyncIterator[tuple[Rest, Grpc]]:
    async with AsyncExitStack() as opened:
        server = await start_grpc(api.services, "127.0.0.1:0")
        opened.push_async_callback(server.stop, 1)
        options = [("grpc.max_receive_message_length", -1)]
        channel = await opened.enter_async_context(grpc.aio.insecure_channel(server.address, options))
        yield Rest(await api.client(None)), Grpc(channel)


async def caller_by_key(api: Api, name: str, person: Person, workspace_id: int) -> Caller:
    return Caller(name=f"{name}, by key", role=person.role, workspace_id=workspace_id, key=await api.make_key(person, person.role, workspace_id))


async def caller_by_session(api: Api, name: str, person: Person, *, is_guest: bool = False) -> Caller:
    token = await open_session(api, person)
    return Caller(name=f"{name}, by session", role=person.role, workspace_id=person.workspace_id, is_guest=is_guest, session=token)


def _proof_over_rest(caller: Caller) -> dict[str, str]:
    if caller.session is not None:
        return {"Cookie": f"interlock_session={caller.session}", "X-CSRF-Token": csrf_token_of(caller.session, caller.workspace_id)}
    return {"Authorization": f"Bearer {caller.key}"}


def _proof_over_grpc(caller: Caller) -> tuple[tuple[str, str], ...]:
    return ((SESSION, caller.session),) if caller.session is not None else (("authorization", f"Bearer {caller.key}"),)


def _reply(answer: httpx.Response, text: str) -> Reply:
    headers = sorted((name.lower(), value) for name, value in answer.headers.multi_items() if name.lower() not in _OF_TRANSPORT)
    is_refused = answer.status_code >= 400
    code = "ok" if not is_refused else json.loads(text)["code"] if text else "refused"
    return Reply(code=code, text=f"{answer.status_code}\n{_lines(headers)}\n{text}")


def _refused(error: grpc.aio.AioRpcError) -> Reply:
    metadata = list(error.trailing_metadata() or ())
    details = next((bytes(value) for name, value in metadata if name == "grpc-status-details-bin" and isinstance(value, bytes)), b"")
    parts = [_detail(detail) for detail in status_pb2.Status.FromString(details).details]
    info = next((part for part in parts if isinstance(part, error_details_pb2.ErrorInfo)), None)
    assert info is not None, f"{error.code()}: {error.details()}"
    texts = [text_format.MessageToString(part, as_utf8=True) for part in parts]
    others = [(name, value) for name, value in metadata if name != "grpc-status-details-bin"]
    return Reply(code=info.reason, text="\n".join([error.code().name, error.details() or "", _lines(others), *texts]))


def _detail(detail: Any) -> Message:
    for kind in _WITH_MODELS:
        part = kind()
        if detail.Unpack(part):
            return part
    raise AssertionError(f"a detail of an unknown kind: {detail.type_url}")


def _lines(pairs: Any) -> str:
    return "\n".join(f"{name}: {value}" for name, value in pairs)
