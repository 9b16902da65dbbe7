"""A database with workflows in it, and workers that serve it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from interlock.clock import Clock
from interlock.controlplane import ControlPlane
from interlock.definition import FLOW_NODE_TYPES, NodeTypeLookup, NodeTypes, WorkflowDefinition, compile_definition, definition_checksum
from interlock.nodes import NodeExecutorFactory
from interlock.worker import Worker, WorkerSettings
from tests.worker.executors import TestNodes

Row = dict[str, Any]
QUICK: dict[str, Any] = {
    "heartbeat_seconds": 0.1,
    "poll_seconds": 0.2,
    "lease_seconds": 5,
    "tick_seconds": 0.5,
    "retry_most_seconds": 0.3,
    "probe_answer_seconds": 0.5,
}


class Engine:
    """A database with workflows. A test starts and reads executions here, without the worker and its network."""

    def __init__(self, url: str, pool: AsyncConnectionPool[Any], nodes: TestNodes, workspace_id: int | None = None) -> None:
        self.url = url
        self.nodes = nodes
        self.control = ControlPlane(pool, workspace_id)
        self._pool = pool

    async def add_workspace(self, name: str) -> "Engine":
        """Returns the same database, with the workflows of a new workspace."""
        number = await self.one("insert into interlock.workspaces (name, created_at) values (%s, now()) returning id", name)
        return Engine(self.url, self._pool, self.nodes, number)

    async def deploy(self, name: str, nodes: Mapping[str, str | Mapping[str, Any]], *, queue: str | None = None, semantics: int = 1) -> None:
        """A chain of test nodes after a trigger: `{id: subtype}` or `{id: {"subtype", …}}`."""
        drawn: list[Row] = [{"id": "start", "type": "TRIGGER_NODE", "subtype": "MANUAL"}]
        for node_id, node in nodes.items():
            more = {"subtype": node} if isinstance(node, str) else dict(node)
            drawn.append({"id": node_id, "type": "TEST_NODE"} | ({"queue": queue} if queue else {}) | more)
        connections = [{"from": before["id"], "to": after["id"]} for before, after in pairwise(drawn)]
        await self.save({"name": name, "nodes": drawn, "connections": connections}, semantics=semantics)

    async def save(self, drawn: Row, *, semantics: int = 1, node_types: NodeTypeLookup | None = None) -> None:
        definition = WorkflowDefinition.model_validate(drawn)
        node_types = node_types or NodeTypes([*FLOW_NODE_TYPES, *self.nodes.factory.types()])
        compiled = compile_definition(definition, node_types).to_json()
        stored = definition.to_json() | {"semantics": semantics}
        await self.control.save_workflow(definition.name, stored, compiled, definition_checksum(definition))

    async def start(self, workflow: str, *inputs: Row) -> list[UUID]:
        started = await self.control.start_executions(workflow, [{"input": given} for given in inputs])
        assert all(execution.error is None for execution in started), started
        return [execution.execution_id for execution in started if execution.execution_id]

    async def rows(self, statement: str, *parameters: Any) -> list[Row]:
        async with self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            await cursor.execute(statement.encode(), parameters)
            found: list[Row] = await cursor.fetchall()
            return found

    async def one(self, statement: str, *parameters: Any) -> Any:
        [row] = await self.rows(statement, *parameters)
        return next(iter(row.values()))

    async def execution(self, execution_id: UUID) -> Row:
        [row] = await self.rows("select * from interlock.execution_details where id = %s", execution_id)
        return row

    async def visit(self, execution_id: UUID, node_id: str) -> Row:
        statement = """select a.* from interlock.assignments a join interlock.nodes n using (version_id, node_no)
                       where a.execution_id = %s and n.node_id = %s order by a.visit desc limit 1"""
        [row] = await self.rows(statement, execution_id, node_id)
        return row

    async def attempts(self, execution_id: UUID) -> list[Row]:
        return await self.rows("select * from interlock.assignment_attempts where execution_id = %s order by attempt, loss_count", execution_id)

    async def ended(self, *executions: UUID, seconds: float = 60) -> list[Row]:
        """Waits for their end; the executions."""

        async def all_ended() -> bool:
            return bool(
                await self.one(
                    "select count(*) = %s from interlock.executions where id = any(%s) and ended_at is not null", len(executions), list(executions)
                )
            )

        await until(all_ended, seconds)
        return [await self.execution(execution) for execution in executions]

    async def turn(self, seconds: float) -> None:
        """Moves the clock of the database forward; nothing is told of it."""
        statement = """insert into interlock.test_clock as c (shift) values (make_interval(secs => %s))
                       on conflict (only_row) do update set shift = c.shift + excluded.shift"""
        async with self._pool.connection() as connection:
            await connection.execute(statement, [seconds])

    def settings(self, **changes: Any) -> WorkerSettings:
        return WorkerSettings(**({"database_url": self.url} | QUICK | changes))

    @asynccontextmanager
    async def worker(self, *, executors: NodeExecutorFactory | None = None, clock: Clock | None = None, **changes: Any) -> AsyncIterator[Worker]:
        """A worker that has registered; stopped the hard way after the block."""
        async with self.working(Worker(self.settings(**changes), executors or self.nodes.factory, clock=clock)) as worker:
            yield worker

    @asynccontextmanager
    async def working(self, worker: Worker) -> AsyncIterator[Worker]:
        """This worker, as `worker` runs one."""
        running = asyncio.create_task(worker.run())
        try:
            await until(lambda: running.done() or self._is_known(worker))
            if running.done():
                running.result()
            yield worker
        finally:
            worker.stop()
            worker.stop()
            async with asyncio.timeout(60):
                await running

    async def _is_known(self, worker: Worker) -> bool:
        return worker.worker_id is not None and bool(await self.rows("select from interlock.workers where id = %s", worker.worker_id))


async def until(condition: Callable[[], bool | Awaitable[bool]], seconds: float = 60) -> None:
    """Waits until the condition is true."""
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.005)


async def connection_count(engine: Engine) -> int:
    count: int = await engine.one("select count(*) from pg_stat_activity where datname = current_database() and application_name like 'interlock %%'")
    return count


async def terminate_workers(engine: Engine, part: str) -> int:
    """Ends the connections of one part of every worker, at the server. Returns how many."""
    return len(
        await engine.rows(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like %s",
            f"interlock {part}%",
        )
    )


async def plain_connection(url: str) -> psycopg.AsyncConnection[Any]:
    return await psycopg.AsyncConnection.connect(url, autocommit=True, prepare_threshold=None)
