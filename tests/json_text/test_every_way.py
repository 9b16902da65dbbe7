"""Numbers through every way in, every node and every way out: what one node may give, the next may take, and everybody reads the same."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo

from interlock.api.grpc.server import start_grpc
from interlock.api.models.assignments import AssignmentOutcome
from interlock.cli.serving import worker_settings, working
from interlock.client import Client
from interlock.json_text import read_json, write_json
from tests.api.grpc.client import Client as GrpcClient
from tests.api.grpc.conftest import Served
from tests.api.serving import Api, serving
from tests.cli.command import interlock
from tests.json_text.values import FINITE, LARGE_FLOATS, NUMBERS, WHOLE, same
from tests.nodes.http_server import LocalServer, Received, response

GUEST = "interlock_test_json_guest"
Start = Callable[[dict[str, Any]], Awaitable[UUID]]


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
        [started] = await self.api.services.plane.start_executions("numbers", [{"input": given}])
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
        told: dict[str, Any] = read_json(answer.content)
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
        yield Ways(url=database_url, api=api, client=client, grpc=grpc, key=key)


NUMBER = WHOLE | FINITE | LARGE_FLOATS | st.sampled_from(NUMBERS)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@example(numbers=NUMBERS)
@given(numbers=st.lists(NUMBER, min_size=1, max_size=20))
async def test_numbers_are_the_same_through_every_way_and_every_node(ways: Ways, numbers: list[int | float]) -> None:
    starts: list[Start] = [ways.rest, ways.over_client, ways.over_grpc, ways.control_plane, ways.sql]
    for start in starts:
        told = await ways.told(await start({"numbers": numbers}))
        [begin, copy, code, http, sql, keep, again, last] = steps_of(told)
        for step in (begin, copy, code):
            assert same(step[1], {"numbers": numbers}), (start, step)
        assert same(http[1]["body"], {"numbers": numbers}), start
        assert same(sql[1]["rows"], [{"back": {"numbers": numbers}}]), start
        assert same(last[1], {"numbers": numbers, "kept": numbers}), start
        assert same(told["context"], {"kept": numbers, "again": numbers}), start
        assert same(told["output"], {"last": last[1]}), start
        assert same([step[0] for step in (copy, code, http)], [{"numbers": numbers}] * 3), start
        assert all(step[0] is not None for step in (keep, again))


async def test_numbers_are_the_same_on_the_command_line(ways: Ways, tmp_path: Path) -> None:
    (tmp_path / "input.json").write_text(json.dumps({"numbers": NUMBERS}))
    remote = {"INTERLOCK_URL": ways.api.url, "INTERLOCK_API_KEY": ways.key}
    command = partial(interlock, "run", "numbers", "--no-work", "--json", "--input")
    for run in (
        partial(command, f"@{tmp_path / 'input.json'}", database=ways.url),
        partial(command, "-", stdin=json.dumps({"numbers": NUMBERS}), environment=remote),
    ):
        done = await asyncio.to_thread(run)
        assert done.code == 0, done.said
        document = read_json(done.stdout.strip())
        expected = {"last": {"numbers": NUMBERS, "kept": NUMBERS}}
        assert same(document["output"], expected)
        assert same(document["input"], {"numbers": NUMBERS})
        told = await ways.told(UUID(document.get("execution_id") or document["id"]))
        assert same(told["output"], expected)


async def test_a_worker_over_the_api_takes_and_gives_the_same_numbers(ways: Ways) -> None:
    """The claimed input, and the reported output, of a worker that is not ours."""
    await ways.client.create_workflow(
        {
            "name": "foreign",
            "nodes": [
                node("begin", "TRIGGER_NODE", "MANUAL"),
                node("step", "ACTION_NODE", "TRANSFORM", values={}) | {"queue": "foreign"},
            ],
            "connections": [{"from": "begin", "to": "step"}],
        }
    )
    started = (await ways.client.run_workflow("foreign", input={"numbers": NUMBERS})).execution_id
    worker: UUID = uuid4()
    [claimed] = (await ways.client.claim_assignments(worker_id=worker, request=1, queues=["foreign"])).items
    assert same(claimed.input, {"numbers": NUMBERS})
    outcome = AssignmentOutcome(
        execution_id=claimed.execution_id,
        assignment_id=claimed.assignment_id,
        attempt=claimed.attempt,
        outcome="completed",
        output={"numbers": claimed.input["numbers"]},
    )
    await ways.client.complete_assignments(worker_id=worker, request=2, results=[outcome])
    told = await ways.told(started)
    assert same(told["output"], {"step": {"numbers": NUMBERS}})
