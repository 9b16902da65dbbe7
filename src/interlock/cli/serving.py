"""A worker inside a command: in the foreground until a signal comes, or beside something else."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

from interlock.cli.output import Output
from interlock.cli.problem import Problem
from interlock.nodes import NodeExecutorFactory
from interlock.worker import Worker, WorkerSettings, queues_from

if TYPE_CHECKING:
    from interlock.embedded import DatabaseSource

WATCH_SERVER_SECONDS: Final = 1.0
DRAIN_SECONDS: Final = 5.0


def worker_settings(url: str, queues: list[str], *, name: str | None, lease_seconds: int) -> WorkerSettings:
    """What the options said.

    Raises:
        Problem: a queue or limit that cannot be.
    """
    heartbeat = min(2.0, lease_seconds / 4)
    try:
        settings = WorkerSettings(
            database_url=url, queues=queues_from(queues or ["default"]), lease_seconds=lease_seconds, heartbeat_seconds=heartbeat
        )
    except ValueError as error:
        raise Problem(str(error), where="--queue", hint="for example: --queue default=100 --queue slow=4") from error
    if name is None:
        return settings
    from dataclasses import replace

    return replace(settings, name=name)


async def serve_worker(settings: WorkerSettings, *, as_json: bool) -> None:
    """Work until SIGINT or SIGTERM, and log to stderr meanwhile."""
    log_to_stderr(as_json=as_json)
    await Worker(settings, NodeExecutorFactory.from_entry_points()).run_until_signalled()


@asynccontextmanager
async def working(settings: WorkerSettings) -> AsyncIterator[None]:
    """A worker in the background of the block, drained when it ends."""
    logging.getLogger("interlock").addHandler(logging.NullHandler())
    worker = Worker(settings, NodeExecutorFactory.from_entry_points())
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        await _drain(worker, task)


async def _drain(worker: Worker, task: asyncio.Task[None]) -> None:
    """Let it end what it holds; insist after a while."""
    for patience in (DRAIN_SECONDS, worker.settings.hand_back_seconds):
        if task.done():
            break
        worker.stop()
        await asyncio.wait([task], timeout=patience)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def keep_running(source: "DatabaseSource", output: Output) -> None:
    """Start our own server again whenever it was killed; its clients come back by themselves."""
    from interlock.embedded import EmbeddedServerError

    while source.is_embedded:
        await asyncio.sleep(WATCH_SERVER_SECONDS)
        try:
            await source.ensure_running()
        except EmbeddedServerError as error:
            output.note(f"the server does not come back: {error}")


def log_to_stderr(*, as_json: bool) -> None:
    from interlock.worker.logs import JsonFormatter

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if as_json else logging.Formatter("%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S"))
    logger = logging.getLogger("interlock")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
