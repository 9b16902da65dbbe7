"""A served API, a worker, and every way to start an execution and to read it."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from interlock.api.grpc.server import start_grpc
from interlock.cli.serving import worker_settings, working
from interlock.client import Client
from interlock.controlplane import ControlPlane
from interlock.json_text import STANDARD_LIMITS, read_json, write_json
from tests.api.grpc.client import Client as GrpcClient
from tests.api.grpc.conftest import Served
from tests.api.serving import Api, serving
from tests.json_text.values import same
from tests.nodes.http_server import LocalServer, Received, response

GUEST = "interlock_test_json_guest"


def node(node_id: str, kind: str, subtype: str, **parameters: Any) -> dict[str, Any]:
    return {"id": node_id, "type": kind, "subtype": subtype, "parameters": parameters}


def workflow(echo: str) -> dict[str, Any]:
    """The numbers go from node to node; `again` is evaluated by the database, the other templates by a worker."""
    action, flow = partial(node, kind="ACTION_NODE"), partial(node, kind="FLOW_NODE")
    nodes = [
        node("begin", "TRIGGER_NODE", "MANUAL"),
        action("copy", subtype="TRANSFORM", values={"numbers": "{{ [n for n in input.numbers] }}"}),
        action("code", subtype="RUN_CODE", code="{'numbers': [n for n in numbers]}"),
        action("http", subtype="HTTP_REQUEST", method="POST", url=echo, json="{{ input }}", allow_private_addresses=True),
        action("sql", subtype="SQL_QUERY", database="guest", query="select :given::jsonb as back", parameters={"given": "{{ input.body }}"}),
        flow("keep", subtype="SET_CONTEXT", values={"kept": "{{ input.rows[0].back.numbers }}"}),
        flow("again", subtype="SET_CONTEXT", values={"again": "{{ context.kept }}"}),
        action("last", subtype="TRANSFORM", values={"numbers": "{{ context.again }}", "kept": "{{ context.kept }}"}),
    ]
    links = [{"from": one["id"], "to": other["id"]} for one, other in pairwise(nodes)]
    return {"name": "numbers", "nodes": nodes, "connections": links}


@dataclass(kw_only=True)
class Ways:
    """A served API, a worker, and everything that they talk to."""

    url: str
    api: Api
    client: Client
    grpc: GrpcClient
    key: str
    echo: str

    async def rest(self, given: dict[str, Any]) -> UUID:
        body = json.dumps({"input": given}, ensure_ascii=False).encode()
        http = await self.api.client()
        answer = await http.post("/api/v1/workflows/numbers/run", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 202, answer.text
        return UUID(answer.json()["execution_id"])

    async def over_client(self, given: dict[str, Any]) -> UUID:
        return (await self.client.run_workflow("numbers", input=given)).execution_id

    async def over_grpc(self, given: dict[str, Any]) -> UUID:
        started: UUID = (await self.grpc.call("run_workflow", workflow="numbers", input=given)).execution_id
        return started

    async def control_plane(self, given: dict[str, Any]) -> UUID:
        [started] = await ControlPlane(self.api.services.pool).start_executions("numbers", [{"input": given}])
        assert started.execution_id is not None, started.error
        return started.execution_id

    async def sql(self, given: dict[str, Any]) -> UUID:
        """A caller of the SQL function, who writes decimals as `jsonb` has them."""
        statement = "select interlock.start_executions('numbers', %s::jsonb)"
        async with self.api.services.pool.connection() as connection:
            row = await (await connection.execute(statement, [write_json([{"input": given}]).decode()])).fetchone()
        assert row is not None
        return UUID(row[0][0]["execution_id"])

    async def told(self, execution: UUID) -> dict[str, Any]:
        """What REST tells of the ended execution, when every other way tells the same."""
        await self.client.wait_for(execution, timeout_seconds=60)
        answer = await (await self.api.client()).get(f"/api/v1/executions/{execution}")
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = read_json(answer.content, STANDARD_LIMITS.inside(10))
        assert told["status"] == "completed", told["error"]
        for other in (await self.client.get_execution(execution), await self.grpc.call("get_execution", execution_id=str(execution))):
            shown = other.model_dump()
            assert same([shown["output"], shown["context"]], [told["output"], told["context"]])
            assert same(steps_of(shown), steps_of(told))
        return told


def steps_of(told: dict[str, Any]) -> list[list[Any]]:
    """Input and output of each step."""
    return [[step["input_data"], step["output_data"]] for step in told["run_data"]["execution_path"]]


@pytest.fixture
def guest(database_url: str) -> Iterator[str]:
    """A user in the same database who may do nothing with the control plane."""
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute(f"drop role if exists {GUEST}")
        admin.execute(f"create role {GUEST} login password 'guest'")
    yield make_conninfo(database_url, user=GUEST, password="guest")
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = %s", [GUEST])
        admin.execute(f"drop role {GUEST}")


async def echo(received: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(response(200, received.body, {"content-type": "application/json"}))


@pytest.fixture
async def ways(database_url: str, guest: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ways]:
    monkeypatch.setenv("INTERLOCK_SQL_GUEST_URL", guest)
    monkeypatch.setenv("INTERLOCK_HTTP_ALLOW_PRIVATE", "127.0.0.1")
    local = LocalServer(answers={"/": echo})
    async with AsyncExitStack() as opened:
        server = await opened.enter_async_context(await asyncio.start_server(local.serve, "127.0.0.1", 0))
        local.port = server.sockets[0].getsockname()[1]
        api = await opened.enter_async_context(serving(database_url))
        grpc_server = await start_grpc(api.services, "127.0.0.1:0")
        opened.push_async_callback(grpc_server.stop, 1)
        key = await api.key()
        client = await opened.enter_async_context(Client(api.url, api_key=key))
        await client.create_workflow(workflow(local.url()))
        await opened.enter_async_context(working(worker_settings(database_url, [], name="tester", lease_seconds=30)))
        grpc = await Served(api, grpc_server, opened).client()
        yield Ways(url=database_url, api=api, client=client, grpc=grpc, key=key, echo=local.url())
