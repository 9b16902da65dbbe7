"""What callers who are not signed in can do to gRPC: little, and it is counted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from interlock.api.grpc import calls
from interlock.api.grpc.methods import METHODS
from interlock.api.models.users import Role
from interlock.api.settings import MEBIBYTE
from interlock.insight.request_metrics import REQUESTS
from tests.api.grpc.client import Client, problem_of
from tests.api.grpc.conftest import Served, ServeGrpc
from tests.worker.engine import until

HUGE = bytes(9 * MEBIBYTE)
NOBODY = grpc.StatusCode.UNAUTHENTICATED


@dataclass(slots=True)
class Counting:
    """A network before the server that counts what goes to it."""

    target: str
    sent: int = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, port = self.target.rpartition(":")
        there_reader, there = await asyncio.open_connection(host, int(port))
        await asyncio.gather(self._pass(reader, there, counted=True), self._pass(there_reader, writer, counted=False))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, counted: bool) -> None:
        try:
            while data := await reader.read(65_536):
                self.sent += len(data) if counted else 0
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        writer.close()


@asynccontextmanager
async def counted_channel(served: Served, **options: int) -> AsyncIterator[tuple[Counting, grpc.aio.Channel]]:
    counting = Counting(served.server.address)
    listening = await asyncio.start_server(counting.handle, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    given = [("grpc.max_send_message_length", -1), *((f"grpc.{name}", value) for name, value in options.items())]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", given) as channel:
        yield counting, channel
    listening.close()


@pytest.mark.parametrize("name", ["create_workflow", "list_users", "watch_execution"])
async def test_a_message_is_not_received_before_the_caller_is_known(served: Served, name: str) -> None:
    weak = f"Bearer {await served.api.key(Role.ANNOTATOR)}"
    refusals = {"": NOBODY, "Bearer il_wrong": NOBODY, "Basic abc": NOBODY, weak: grpc.StatusCode.PERMISSION_DENIED}
    for proof, code in refusals.items():
        async with counted_channel(served) as (counting, channel):
            client = Client(channel, **({"authorization": proof} if proof else {}))
            problem = await problem_of(client.raw(name, HUGE))
            assert problem.code is code
            assert counting.sent < 256 * 1024, "the message was received"


async def test_a_compressed_message_is_not_unpacked_beyond_its_limit(served: Served) -> None:
    async with counted_channel(served, default_compression_algorithm=2) as (counting, channel):
        problem = await problem_of(Client(channel).raw("sign_in", bytes(100 * MEBIBYTE)))
        assert problem.code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert counting.sent < MEBIBYTE
    assert await (await served.client()).call("get_session")


async def test_a_call_without_its_message_ends(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = await served.channel()
    empty: Any = channel.stream_unary(METHODS["sign_in"].path)
    assert (await problem_of(empty(iter(())))).reason == "IL013"
    monkeypatch.setattr(calls, "MESSAGE_SECONDS", 0.3)
    for path in (METHODS["sign_in"].path, "/grpc.health.v1.Health/Check"):
        silent: Any = channel.stream_unary(path)()
        assert (await problem_of(silent)).reason == "IL058", path


async def test_requests_of_anonymous_callers_are_received_one_by_one_up_to_a_limit(serve_grpc: ServeGrpc) -> None:
    served = await serve_grpc(anonymous_limit=1)
    channel = await served.channel()
    silent: Any = channel.stream_unary(METHODS["sign_in"].path)()
    await until(lambda: served.server._answering._anonymous.in_use == 1, 60)
    client = await served.client(None)
    problem = await client.problem("sign_in", email="a@example.com", password="wrong wrong wrong")
    assert (problem.code, problem.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "IL056")
    assert await (await served.client()).call("get_session")
    silent.cancel()
    await until(lambda: served.server._answering._anonymous.in_use == 0, 60)
    assert (await client.problem("sign_in", email="a@example.com", password="wrong wrong wrong")).reason == "IL032"


async def test_health_and_reflection_are_counted_and_bounded(serve_grpc: ServeGrpc) -> None:
    served = await serve_grpc(stream_limit=1)
    channel = await served.channel()
    health: Any = health_pb2_grpc.HealthStub(channel)
    before = _counts()
    await health.Check(health_pb2.HealthCheckRequest())
    assert len((await health.List(health_pb2.HealthListRequest())).statuses) > 3
    with pytest.raises(grpc.aio.AioRpcError) as unknown:
        await health.Check(health_pb2.HealthCheckRequest(service="nobody"))
    assert unknown.value.code() is grpc.StatusCode.NOT_FOUND
    watching = health.Watch(health_pb2.HealthCheckRequest(service="nobody"))
    assert (await watching.read()).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
    assert (await problem_of(health.Watch(health_pb2.HealthCheckRequest()))).reason == "IL056"
    watching.cancel()
    reflection: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
    [described] = [answer async for answer in reflection.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(list_services="")]))]
    assert "interlock.v1.WorkflowsService" in {service.name for service in described.list_services_response.service}
    large = reflection_pb2.ServerReflectionRequest(file_containing_symbol="x" * 5_000)
    assert (await problem_of(reflection.ServerReflectionInfo(iter([large])))).reason == "IL050"
    added = {key: count - before.get(key, 0) for key, count in _counts().items()}
    assert {name: added.get((name, "ok"), 0) for name in ("health_check", "health_list", "health_watch", "reflection")} == {
        "health_check": 1,
        "health_list": 1,
        "health_watch": 1,
        "reflection": 1,
    }
    assert (added["health_check", "IL051"], added["health_watch", "IL056"], added["reflection", "IL050"]) == (1, 1, 1)


def _counts() -> dict[tuple[str, str], float]:
    samples = [sample for metric in REQUESTS.collect() for sample in metric.samples if sample.name.endswith("_count")]
    return {(sample.labels["operation"], sample.labels["code"]): sample.value for sample in samples if sample.labels["face"] == "grpc"}


async def test_a_deadline_that_has_passed_and_rubbish_beside_a_call_break_nothing(served: Served) -> None:
    admin = await served.client()
    for seconds in (0, 1e-9, -1):
        problem = await problem_of(admin.start("list_workflows", {}, timeout=seconds))
        assert problem.code is grpc.StatusCode.DEADLINE_EXCEEDED
    channel = await served.channel()
    rubbish = (("authorization-bin", b"\x00\xff"), ("x-request-id-bin", bytes(range(256))), ("traceparent", "00-zz"), ("authorization", "Bearer  "))
    call: Any = channel.unary_unary(METHODS["list_workflows"].path)
    assert (await problem_of(call(b"", metadata=rubbish, timeout=60))).code is NOBODY
    keys = [await served.api.key(role) for role in (Role.ADMIN, Role.VIEWER)]
    twice = tuple(("authorization", f"Bearer {key}") for key in keys)
    assert (await problem_of(call(b"", metadata=twice, timeout=60))).code is NOBODY
    for value in ("Bearer " + "x" * 6_000, "Bearer a.b.c", "Bearer il_"):
        problem = await problem_of(call(b"", metadata=(("authorization", value),), timeout=60))
        assert problem.code in {NOBODY, grpc.StatusCode.INTERNAL}, value
    assert await admin.call("get_session")
