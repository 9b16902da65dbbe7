"""A worker that is frozen in the middle of a transaction holds up nobody for long."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg_pool import AsyncConnectionPool

from interlock.controlplane import open_pool
from interlock.definition import WorkflowDefinition, compile_definition, definition_checksum
from interlock.nodes import NodeExecutorFactory
from interlock.nodes.action_node.sql_query.connections import SqlConnections
from interlock.nodes.action_node.sql_query.executor import SqlQuery
from interlock.nodes.trigger_node.manual import Manual
from tests.worker.engine import Engine, until
from tests.worker.executors import TestNodes

ROOT = Path(__file__).parents[2]
USER = "interlock_test_frozen"
QUERY = "update shop.items set n = n + 1 where id = 1 returning n, pg_sleep(case when n = 1 then 1 else 0 end)"
PROGRAM = """
import asyncio, json, sys
from interlock.worker import Worker, WorkerSettings
from tests.nodes.test_frozen_worker import sql_nodes

asyncio.run(Worker(WorkerSettings(**json.loads(sys.argv[1])), sql_nodes()).run())
"""


def sql_nodes() -> NodeExecutorFactory:
    """SQL_QUERY with a server that waits for a silent worker only as long as a test can."""
    return NodeExecutorFactory([Manual(), SqlQuery(connections=SqlConnections(frozen_seconds=1))])


@pytest.fixture
def items(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A table of a user who has nothing to do with the control plane."""
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute(f"create role {USER} login password 'guest'")
        admin.execute(f"create schema shop authorization {USER}")
        admin.execute("create table shop.items (id int primary key, n int not null)")
        admin.execute(f"insert into shop.items values (1, 0); grant select, update on shop.items to {USER}")
        monkeypatch.setenv("INTERLOCK_SQL_SHOP_URL", make_conninfo(database_url, user=USER, password="guest"))
        yield
        admin.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = %s", [USER])
        admin.execute(f"drop schema shop cascade; drop owned by {USER}; drop role {USER}")


@asynccontextmanager
async def worker_process(url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    settings = json.dumps({"database_url": url, "queues": {"default": 1}, "heartbeat_seconds": 0.3, "lease_seconds": 1})
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", PROGRAM, settings, cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


async def deploy(engine: Engine, node: dict[str, Any]) -> None:
    nodes = [{"id": "start", "type": "TRIGGER_NODE", "subtype": "MANUAL"}, {"id": "a", "type": "ACTION_NODE", "subtype": "SQL_QUERY", **node}]
    definition = WorkflowDefinition.model_validate({"name": "sql", "nodes": nodes, "connections": [{"from": "start", "to": "a"}]})
    compiled = compile_definition(definition, sql_nodes()).to_json()
    await engine.control.save_workflow("sql", definition.to_json(), compiled, definition_checksum(definition))


@pytest.mark.usefixtures("items")
async def test_the_row_lock_of_a_frozen_worker_does_not_stop_its_successor(database_url: str, pool: AsyncConnectionPool[Any]) -> None:
    """The worker stands still between its statement and its commit; the next attempt would wait for the lock until it times out."""
    engine = Engine(database_url, pool, TestNodes())
    parameters = {"database": "shop", "query": QUERY, "statement_timeout_seconds": 10}
    await deploy(engine, {"parameters": parameters, "retry": {"max_attempts": 1}})
    [execution] = await engine.start("sql", {})

    async def is_in_state(state: str) -> bool:
        query = "select count(*) = 1 from pg_stat_activity where usename = %s and state = %s and query like 'update%%'"
        return bool(await engine.one(query, USER, state))

    async with worker_process(database_url) as frozen:
        await until(lambda: is_in_state("active"))
        os.kill(frozen.pid, signal.SIGSTOP)
        async with engine.worker(executors=sql_nodes(), tick_seconds=0.1):
            [ended] = await engine.ended(execution)
    assert (ended["status"], ended["error"]) == ("completed", None)
    assert ended["output"]["a"]["rows"][0]["n"] == 1  # what the frozen one did was undone


async def test_every_connection_of_the_control_plane_tells_the_server_how_long_to_wait_for_it(database_url: str) -> None:
    async with open_pool(database_url, limit=1) as opened, opened.connection() as connection:
        shown = [
            (await (await connection.execute("select current_setting(%s)", [name])).fetchone() or [""])[0]
            for name in ("idle_in_transaction_session_timeout", "tcp_user_timeout")
        ]
    assert shown[0] == "30s"
    assert shown[1] in {"30s", "0"}  # 0 over a Unix socket, which has none
