"""The behaviour of the server: health, deadlines, limits, streams, statuses."""

import asyncio
from typing import Any
from uuid import UUID

import grpc
import grpc.aio
import psycopg
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from interlock.api.auth import proofs
from interlock.api.grpc import streaming
from interlock.api.grpc.methods import METHODS
from interlock.api.models.users import Role
from interlock.api.settings import MEBIBYTE, ApiSettings
from interlock.cli.serving import worker_settings, working
from interlock.controlplane import migrate
from interlock.embedded import Server
from tests.api.grpc.client import Client, problem_of
from tests.api.grpc.conftest import Served, ServeGrpc, serving_grpc
from tests.api.grpc.sameness import as_stored
from tests.api.grpc.strategies import OBJECTS, Json
from tests.api.grpc.test_operations import SLOW, UNKNOWN
from tests.api.rest.workflows import CHAIN_NODES, chain
from tests.worker.engine import until

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


async def _health(client: Client, service: str = "") -> Any:
    stub: Any = health_pb2_grpc.HealthStub(client.channel)
    return (await stub.Check(health_pb2.HealthCheckRequest(service=service))).status


async def _is_serving(client: Client) -> bool:
    return bool(await _health(client) == SERVING)


async def test_health_follows_the_database(private_server: Server) -> None:
    await migrate(private_server.url)
    async with serving_grpc(private_server.url) as served:
        client = await served.client(None)
        assert await _health(client, "interlock.v1.WorkflowsService") == SERVING
        stub: Any = health_pb2_grpc.HealthStub(client.channel)
        watching = stub.Watch(health_pb2.HealthCheckRequest(service=""))
        assert (await watching.read()).status == SERVING
        await private_server.stop()
        async with asyncio.timeout(60):
            assert (await watching.read()).status == NOT_SERVING
        assert await _health(client, "interlock.v1.ExecutionsService") == NOT_SERVING
        await private_server.start()
        await until(lambda: _is_serving(client), 60)
        watching.cancel()


async def test_a_watcher_of_the_health_does_not_delay_the_stop(served: Served) -> None:
    stub: Any = health_pb2_grpc.HealthStub(await served.channel())
    watching = stub.Watch(health_pb2.HealthCheckRequest(service=""))
    assert (await watching.read()).status == SERVING
    async with asyncio.timeout(60):
        await served.server.stop(600)
    assert (await watching.read()).status == NOT_SERVING
    assert await watching.read() is grpc.aio.EOF


async def _chain_execution(admin: Client) -> UUID:
    await admin.call("create_workflow", definition=chain())
    started: UUID = (await admin.call("run_workflow", workflow="chain")).execution_id
    return started


async def _events(client: Client, execution: UUID, since: int = 0) -> list[Any]:
    method = METHODS["watch_execution"]
    return [method.read_answer(event) async for event in client.start("watch_execution", {"execution_id": execution, "since": since})]


async def test_a_stream_reports_every_change_at_once_and_resumes_after_any(admin: Client, served: Served, database_url: str) -> None:
    execution = await _chain_execution(admin)
    watching = asyncio.create_task(_events(admin, execution))
    await until(lambda: served.api.services.watcher.watching == 1, 60)
    async with working(worker_settings(database_url, [], name="test", lease_seconds=30)):
        async with asyncio.timeout(60):
            events = await watching
    numbers = [event.change_number for event in events[:-1]]
    assert numbers == sorted(set(numbers))
    assert [event.kind == "end" for event in events] == [False] * (len(events) - 1) + [True]
    assert {event.assignment.node_id for event in events if event.assignment and event.assignment.status == "completed"} == set(CHAIN_NODES)
    afterwards = await _events(admin, execution)
    assert afterwards[-1] == events[-1]
    assert set(map(repr, afterwards)) <= set(map(repr, events))
    for position, event in enumerate(afterwards[:-1]):
        assert await _events(admin, execution, event.change_number) == afterwards[position + 1 :]
    assert served.api.services.watcher.watching == 0


async def test_a_client_that_cancels_frees_the_watcher(admin: Client, served: Served) -> None:
    execution = await _chain_execution(admin)
    call = admin.start("watch_execution", {"execution_id": execution})
    await call.read()
    assert served.api.services.watcher.watching == 1
    call.cancel()
    await until(lambda: served.api.services.watcher.watching == 0, 60)


async def test_a_stream_ends_with_its_deadline_and_with_the_server(admin: Client, served: Served) -> None:
    execution = await _chain_execution(admin)
    problem = await problem_of(admin.start("watch_execution", {"execution_id": execution}, timeout=1))
    assert problem.code is grpc.StatusCode.DEADLINE_EXCEEDED
    call = admin.start("watch_execution", {"execution_id": execution})
    await call.read()
    stopping = asyncio.create_task(served.server.stop(20))
    problem = await problem_of(call)
    assert (problem.code, problem.reason) == (grpc.StatusCode.UNAVAILABLE, "IL057")
    assert problem.retry_seconds is not None
    await stopping
    assert served.api.services.watcher.watching == 0


@pytest.mark.parametrize("how", ["disabled", "demoted"])
async def test_a_stream_ends_when_the_watcher_may_no_longer(serve_grpc: ServeGrpc, served: Served, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """Another process takes the permission away, and does not notify this one."""
    monkeypatch.setattr(streaming, "CHECK_SECONDS", 0.2)
    monkeypatch.setattr(proofs, "KEPT_SECONDS", 0.2)
    admin = await served.client()
    execution = await _chain_execution(admin)
    watcher = await served.client(Role.VIEWER)
    call = watcher.start("watch_execution", {"execution_id": execution})
    await call.read()
    person = await served.api.person(Role.VIEWER)
    another = await serve_grpc()
    change, code = (
        ({"disabled": True}, grpc.StatusCode.UNAUTHENTICATED) if how == "disabled" else ({"role": Role.ANNOTATOR}, grpc.StatusCode.PERMISSION_DENIED)
    )
    await (await another.client()).call("update_user", user_id=person.id, **change)
    problem = await problem_of(call)
    assert problem.code is code


async def test_a_stream_ends_when_its_watcher_is_in_another_workspace(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session goes on, with the token that it had, when its user leaves the workspace."""
    monkeypatch.setattr(streaming, "CHECK_SECONDS", 0.2)
    monkeypatch.setattr(proofs, "KEPT_SECONDS", 0.2)
    admin = await served.client()
    execution = await _chain_execution(admin)
    person = await served.api.make_person(Role.VIEWER)
    await served.api.join(person, Role.VIEWER, await served.api.make_workspace())
    signed_in = (await served.client(None)).start("sign_in", {"email": person.email, "password": person.password})
    token = str(dict(await signed_in.trailing_metadata())["interlock-session"])
    call = (await served.client(None)).start("watch_execution", {"execution_id": execution}, interlock_session=token)
    await call.read()
    await admin.call("delete_user", user_id=person.id)
    problem = await problem_of(call)
    assert (problem.code, problem.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "IL064")


async def test_a_call_past_its_deadline_leaves_nothing_running(admin: Client, connection: psycopg.AsyncConnection) -> None:
    execution = await _chain_execution(admin)
    async with connection.transaction():
        await connection.execute("select from interlock.executions where id = %s for update", [execution])
        problem = await problem_of(admin.start("cancel_execution", {"execution_id": execution}, timeout=0.4))
        assert problem.code is grpc.StatusCode.DEADLINE_EXCEEDED
        await until(lambda: _has_waiting(connection, False), 60)
    assert (await admin.call("get_execution", execution_id=execution)).status != "cancelled"


async def _has_waiting(connection: psycopg.AsyncConnection, expected: bool) -> bool:
    """Returns whether a statement waits for a lock."""
    statement = "select count(*) > 0 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    row = await (await connection.execute(statement)).fetchone()
    return row == (expected,)


async def test_calls_beyond_the_limit_are_refused_as_retryable(serve_grpc: ServeGrpc, connection: psycopg.AsyncConnection) -> None:
    served = await serve_grpc(call_limit=1)
    admin = await served.client()
    execution = await _chain_execution(admin)
    async with connection.transaction():
        await connection.execute("select from interlock.executions where id = %s for update", [execution])
        held = admin.start("cancel_execution", {"execution_id": execution})
        await until(lambda: _has_waiting(connection, True), 60)
        problem = await admin.problem("list_workflows")
        assert (problem.code, problem.reason, problem.retry_seconds) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "IL056", 2)
    assert METHODS["cancel_execution"].read_answer(await held) is not None


async def test_large_requests_are_refused(serve_grpc: ServeGrpc) -> None:
    served = await serve_grpc(ApiSettings(body_limit=10_000, definition_limit=50_000))
    admin = await served.client()
    large = SLOW | {"description": "x" * 9_000, "tags": ["y" * 90] * 50}
    assert (await admin.problem("run_workflow", workflow="slow", input={"a": "x" * 10_000})).reason == "IL050"
    assert (await admin.problem("create_workflow", definition=large | {"lock": "z" * 50_000})).reason == "IL050"
    assert (await admin.call("create_workflow", definition=large)).created
    problem = await problem_of(admin.raw("create_workflow", b"x" * (2 * MEBIBYTE)))
    assert problem.code is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_statuses_carry_their_details(admin: Client) -> None:
    errory = {
        "name": "w",
        "nodes": [{"id": "a", "type": "NO", "subtype": "NO"}, {"id": "a", "type": "NO", "subtype": "NO", "retry": {"jitter": 7}}],
    }
    problem = await admin.problem("create_workflow", definition=errory)
    assert (problem.code, problem.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "IL020")
    assert any(place.startswith(("definition.nodes[1]", "nodes[1]")) for place in problem.places), problem.places
    many = {"name": "w", "nodes": [{"id": f"node {number}", "type": "NO", "subtype": "é" * 90} for number in range(500)]}
    problem = await admin.problem("create_workflow", definition=many)
    assert problem.reason == "IL020"
    assert 0 < len(problem.places) < int(problem.metadata["field_count"])
    conflict = await admin.problem("update_workflow", workflow=UNKNOWN, definition=SLOW)
    assert (conflict.code, conflict.reason, conflict.retry_seconds) == (grpc.StatusCode.NOT_FOUND, "IL005", None)


async def test_a_request_has_an_id(admin: Client) -> None:
    call = admin.raw("list_workflows", b"", x_request_id="made-by-the-caller")
    await call
    assert dict(await call.initial_metadata())["x-request-id"] == "made-by-the-caller"
    problem = await problem_of(admin.raw("get_workflow", b"", x_request_id="bad id"))
    assert problem.request_id == problem.metadata["x-request-id"]
    assert len(problem.request_id) == 32


async def test_an_address_in_use_is_reported(served: Served) -> None:
    from interlock.api.grpc.server import start_grpc

    with pytest.raises(OSError, match="cannot listen at"):
        await start_grpc(served.api.services, served.server.address)


async def test_a_database_that_is_away_is_unavailable(private_server: Server) -> None:
    await migrate(private_server.url)
    async with serving_grpc(private_server.url) as served:
        admin = await served.client()
        await admin.call("list_workflows")
        await private_server.stop()
        problem = await admin.problem("list_workflows")
        assert (problem.code, problem.reason) == (grpc.StatusCode.UNAVAILABLE, "IL090")
        assert problem.retry_seconds is not None
        await private_server.start()


@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(value=OBJECTS)
async def test_any_input_is_returned_unchanged(admin: Client, value: Json) -> None:
    await admin.call("create_workflow", definition=chain())
    started = await admin.call("run_workflow", workflow="chain", input=value)
    found = await admin.call("get_execution", execution_id=started.execution_id)
    assert as_stored(found.input) == as_stored(value)


async def test_streams_beyond_the_limit_are_refused(serve_grpc: ServeGrpc) -> None:
    served = await serve_grpc(ApiSettings(stream_limit=1))
    admin = await served.client()
    execution = await _chain_execution(admin)
    first = admin.start("watch_execution", {"execution_id": execution})
    await first.read()
    problem = await admin.problem("watch_execution", execution_id=execution)
    assert (problem.code, problem.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "IL056")
    assert problem.retry_seconds is not None
    assert await admin.call("get_session")
    first.cancel()
