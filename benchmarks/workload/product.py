"""Interlock, installed in a fresh database: deploy, start executions, run worker processes, wait for the end."""

import asyncio
import json
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.measuring.cpu import process_seconds
from benchmarks.measuring.server import Connection, Server
from benchmarks.workload.executors import benchmark_factory
from interlock.controlplane import ControlPlane, migrate, open_pool
from interlock.definition import check_definition

ROOT = Path(__file__).parents[2]
LOOK_SECONDS = 0.05
# Reads the partial index of open assignments: as cheap beside a million finished executions as beside none.
OPEN = "select exists (select from interlock.assignments where ended_at is null)"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerProcess:
    """`exchange_seconds`: what each exchange with the database took, from sending to the answer; filled when the process has ended."""

    process: asyncio.subprocess.Process
    exchange_seconds: list[float] = field(default_factory=list)

    @property
    def pid(self) -> int:
        return self.process.pid

    async def until_ready(self) -> None:
        """Wait until it has imported everything. It then waits to be told to begin."""
        assert self.process.stdout is not None
        if await self.process.stdout.readline() != b"ready\n":
            raise RuntimeError("the worker did not start")

    def begin(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"begin\n")

    def cpu_seconds(self) -> float | None:
        return process_seconds(self.pid)


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """An installed Interlock. `connection` is the benchmark's own, for looking."""

    server: Server
    url: str
    control_plane: ControlPlane
    connection: Connection

    async def start(self, workflow: str, executions: Sequence[Mapping[str, Any]], *, batch: int = 1000) -> list[str]:
        """Start executions, `batch` in a call; the ids of all."""
        ids = []
        for first in range(0, len(executions), batch):
            started = await self.control_plane.start_executions(workflow, executions[first : first + batch])
            ids += [str(execution.execution_id) for execution in started]
        return ids

    async def all_ended(self, timeout_seconds: float = 300) -> int:
        """Wait until no execution is open; returns how often it looked, every 50 ms.

        Raises:
            TimeoutError: some are still open.
        """
        looks = 1
        async with asyncio.timeout(timeout_seconds):
            while await self.one(OPEN):
                await asyncio.sleep(LOOK_SECONDS)
                looks += 1
        return looks

    async def one(self, statement: str, *values: object) -> Any:
        row = await self.row(statement, *values)
        return row[0]

    async def row(self, statement: str, *values: object) -> tuple[Any, ...]:
        row = await (await self.connection.execute(statement.encode(), values or None)).fetchone()
        assert row is not None
        return row

    async def only_completed(self) -> int:
        """How many executions completed.

        Raises:
            AssertionError: one ended otherwise, or is still open: then the figures are worth nothing.
        """
        completed, others = await self.row(
            "select count(*) filter (where status = 'completed'), count(*) filter (where status <> 'completed') from interlock.executions"
        )
        assert others == 0, f"{others} executions did not complete"
        return int(completed)

    @asynccontextmanager
    async def worker(self, slots: int = 500, **settings: Any) -> AsyncIterator[WorkerProcess]:
        """A worker process that serves the queue `default`, from when it is ready until it has drained."""
        async with self.workers(1, slots, **settings) as workers:
            yield workers[0]

    @asynccontextmanager
    async def workers(self, count: int, slots: int = 100, **settings: Any) -> AsyncIterator[list[WorkerProcess]]:
        """Worker processes that begin together, when the last of them is ready."""
        async with AsyncExitStack() as stack:
            started = [await stack.enter_async_context(self._worker_process(slots, **settings)) for _ in range(count)]
            for worker in started:
                await worker.until_ready()
            for worker in started:
                worker.begin()
            yield started

    @asynccontextmanager
    async def _worker_process(self, slots: int, **settings: Any) -> AsyncIterator[WorkerProcess]:
        chosen = {"database_url": self.url, "queues": {"default": slots}, **settings}
        with tempfile.TemporaryFile() as log, tempfile.NamedTemporaryFile() as record:
            command = [sys.executable, "-m", "benchmarks.workload.worker_process", json.dumps(chosen), record.name]
            process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=PIPE, stdout=PIPE, stderr=log)
            worker = WorkerProcess(process=process)
            try:
                yield worker
            except BaseException:
                log.seek(0)
                sys.stderr.buffer.write(log.read()[-4000:])
                raise
            finally:
                await end(process)
            worker.exchange_seconds.extend(json.loads(record.read() or b"[]"))

    async def autovacuums(self) -> int:
        """How often autovacuum has worked on a table of Interlock so far."""
        return int(await self.one("select coalesce(sum(autovacuum_count), 0) from pg_stat_all_tables where schemaname = 'interlock'"))


async def end(process: asyncio.subprocess.Process) -> None:
    """Let it drain; after 10 seconds it is killed."""
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
    await process.communicate()


@asynccontextmanager
async def installed(server: Server, label: str, *definitions: Mapping[str, Any]) -> AsyncIterator[Product]:
    """A fresh database with Interlock's schema and these workflows in it."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(server.fresh_database(label))
        await migrate(url)
        pool = await stack.enter_async_context(open_pool(url))
        connection = await stack.enter_async_context(pool.connection())
        product = Product(server=server, url=url, control_plane=ControlPlane(pool), connection=connection)
        for definition in definitions:
            await deploy(product, definition)
        await connection.execute("set enable_seqscan = off")
        yield product


async def deploy(product: Product, raw: Mapping[str, Any]) -> None:
    """Check, compile and save a definition, as `interlock deploy` does."""
    checked = check_definition(raw, benchmark_factory())
    assert checked.sound is not None, checked.report
    definition = checked.sound.definition
    await product.control_plane.save_workflow(
        definition.name, definition.to_json(), checked.sound.compiled_json(), checked.sound.checksum, definition.tags
    )
