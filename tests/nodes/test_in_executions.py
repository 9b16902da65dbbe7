"""Every node type in real executions: the database, a worker, and what the nodes talk to."""

from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane import ControlPlane
from interlock.definition import WorkflowDefinition, compile_definition, definition_checksum
from interlock.nodes import NodeExecutorFactory
from interlock.worker import Worker
from tests.nodes.http_server import LocalServer
from tests.worker.engine import Engine
from tests.worker.executors import TestNodes

USER = "interlock_test_sql_guest"


@pytest.fixture
def sql_url(database_url: str) -> Iterator[str]:
    """A user of the database of the control plane who has no rights there."""
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute(f"drop role if exists {USER}")
        admin.execute(f"create role {USER} login password 'guest'")
        admin.execute(f"create schema shop authorization {USER}")
    yield make_conninfo(database_url, user=USER, password="guest", options="-c search_path=shop")
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute("drop schema shop cascade")
        admin.execute(f"drop owned by {USER}")
        admin.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = %s", [USER])
        admin.execute(f"drop role {USER}")


@pytest.fixture
async def engine(database_url: str, pool: AsyncConnectionPool[Any]) -> Engine:
    return Engine(database_url, pool, TestNodes())


@pytest.fixture
async def worker(engine: Engine, sql_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Worker]:
    monkeypatch.setenv("INTERLOCK_SQL_SHOP_URL", sql_url)
    monkeypatch.setenv("INTERLOCK_HTTP_ALLOW_PRIVATE", "127.0.0.1")
    async with engine.worker(executors=NodeExecutorFactory.from_entry_points()) as running:
        yield running


async def finish(engine: Engine, nodes: list[dict[str, Any]], given: dict[str, Any], ports: dict[str, str] | None = None) -> dict[str, Any]:
    """Runs a chain of these nodes to its end. Each is left through `main`, or the port in `ports`."""
    drawn = [{"id": "start", "type": "TRIGGER_NODE", "subtype": "MANUAL"}, *nodes]
    connections = [{"from": one["id"], "to": next_one["id"], "port": (ports or {}).get(one["id"], "main")} for one, next_one in pairwise(drawn)]
    definition = WorkflowDefinition.model_validate({"name": "chain", "nodes": drawn, "connections": connections})
    compiled = compile_definition(definition, NodeExecutorFactory.from_entry_points()).to_json()
    await ControlPlane(engine._pool).save_workflow("chain", definition.to_json(), compiled, definition_checksum(definition))
    (execution,) = await engine.ended(*await engine.start("chain", given))
    return execution


def flow(node_id: str, subtype: str, **parameters: Any) -> dict[str, Any]:
    return {"id": node_id, "type": "FLOW_NODE", "subtype": subtype, "parameters": parameters}


def action(node_id: str, subtype: str, **parameters: Any) -> dict[str, Any]:
    return {"id": node_id, "type": "ACTION_NODE", "subtype": subtype, "parameters": parameters}


@pytest.mark.usefixtures("worker")
async def test_the_actions_work_together(engine: Engine, http_server: LocalServer) -> None:
    http_server.on("/rates", 200, b'{"rate": 1.25}', content_type="application/json")
    execution = await finish(
        engine,
        [
            action("ask", "HTTP_REQUEST", url="{{ input.service }}/rates", query={"currency": "{{ input.currency }}"}, allow_private_addresses=True),
            action(
                "convert",
                "RUN_CODE",
                code="{'total': round(amount * rate, 2)}",
                values={"amount": "{{ nodes.start.output.amount }}", "rate": "{{ body.rate }}"},
            ),
            action("prepare", "SQL_QUERY", database="shop", query="create table totals (key text primary key, total numeric)"),
            action(
                "store",
                "SQL_QUERY",
                database="shop",
                query="insert into totals values (:idempotency_key, :total) returning total",
                parameters={"total": "{{ nodes.convert.output.total }}"},
            ),
            action(
                "tell", "TRANSFORM", values={"stored": "{{ rows[0].total }}", "text": "{{ row_count }} row for {{ nodes.start.output.currency }}"}
            ),
        ],
        {"service": http_server.url("").rstrip("/"), "currency": "EUR", "amount": 10},
    )
    assert (execution["status"], execution["output"]) == ("completed", {"tell": {"stored": 12.5, "text": "1 row for EUR"}})
    assert http_server.received[0].target == "/rates?currency=EUR"
    [stored] = await engine.rows("select key, total::float8 from shop.totals")
    assert stored == {"key": f"{execution['id']}:store:1", "total": 12.5}
    assert http_server.received[0].headers["idempotency-key"] == f"{execution['id']}:ask:1"


@pytest.mark.usefixtures("worker")
async def test_values_in_the_path_and_the_query_of_a_url_are_encoded(engine: Engine, http_server: LocalServer) -> None:
    http_server.on("/items/50%25%20off%2Fa%3Fb%23c/ä".replace("ä", "%C3%A4"), 200, b"[]", content_type="text/json")
    url = "{{ service }}/items/{{ name }}/ä?q={{ name }}"
    execution = await finish(
        engine,
        [action("ask", "HTTP_REQUEST", url=url, query={"q": "{{ name }}"}, allow_private_addresses=True)],
        {"service": http_server.url("").rstrip("/"), "name": "50% off/a?b#c"},
    )
    assert (execution["status"], execution["output"]["ask"]["body"]) == ("completed", [])
    assert http_server.received[0].target.partition("?")[2] == "q=50%25%20off%2Fa%3Fb%23c&q=50%25+off%2Fa%3Fb%23c"


@pytest.mark.usefixtures("worker")
async def test_a_value_that_leads_to_another_folder_fails_the_node(engine: Engine, http_server: LocalServer) -> None:
    url = http_server.url("/items/{{ name }}")
    execution = await finish(engine, [action("ask", "HTTP_REQUEST", url=url, method="DELETE", allow_private_addresses=True)], {"name": ".."})
    assert (execution["status"], execution["error"]["code"]) == ("failed", "url_refused")
    assert http_server.received == []


@pytest.mark.usefixtures("worker")
async def test_a_worker_decides_what_the_database_cannot(engine: Engine) -> None:
    """Conditions and values with functions in them."""
    execution = await finish(
        engine,
        [
            flow("long", "IF", condition="len(name) > 3"),
            flow("first", "SWITCH", value="name.upper()[0]", cases=[{"equals": "A", "port": "a"}]),
            flow("many", "ROUTER", custom_config={"rules": [{"condition": "sum(amounts) > 5", "port": "large"}], "default": "small"}),
            flow("pause", "WAIT", seconds="{{ len(amounts) / 100 }}"),
            flow("remember", "SET_CONTEXT", values={"total": "{{ sum(amounts) }}"}),
            action("tell", "TRANSFORM", values={"total": "{{ context.total }}", "name": "{{ nodes.start.output.name }}"}),
        ],
        {"name": "anna", "amounts": [1, 2, 3]},
        {"long": "true", "first": "a", "many": "large"},
    )
    assert (execution["status"], execution["output"]) == ("completed", {"tell": {"total": 6, "name": "anna"}})


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    ("node", "code"),
    [
        (flow("node", "FAIL", code="too_many", message="{{ sum(amounts) / 2 }}"), "too_many"),
        (flow("node", "IF", condition="len(nothing) > 2"), "expression_missing_name"),
        (flow("node", "ROUTER", custom_config={"rules": [{"condition": "sum(amounts) > 50", "port": "large"}]}), "no_route"),
        (action("node", "RUN_CODE", code="while True:\n    pass", timeout_seconds=0.2), "code_timeout"),
        (action("node", "SQL_QUERY", database="shop", query="select * from interlock.executions"), "sql_failed"),
        (action("node", "HTTP_REQUEST", url="http://127.0.0.1:1/"), "address_refused"),
        (action("node", "TRANSFORM", values="{{ amounts[7] }}"), "expression_missing_key"),
    ],
)
async def test_a_failure_is_the_executions_error_with_a_hint_if_the_code_is_ours(engine: Engine, node: dict[str, Any], code: str) -> None:
    execution = await finish(engine, [node], {"amounts": [1, 2]})
    error = execution["error"]
    assert (execution["status"], error["code"], error["attempt"]) == ("failed", code, 1)
    assert bool(error["hint"]) == (code != "too_many"), "an author's own error has what its author says"
