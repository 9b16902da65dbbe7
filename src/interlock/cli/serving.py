"""A worker inside a command: in the foreground until a signal comes, or in the background of a block."""

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, NoReturn

from interlock.cli.exit_codes import ExitCode
from interlock.cli.problem import Problem
from interlock.nodes import NodeExecutorFactory
from interlock.tracing import Tracing
from interlock.worker import Worker, WorkerSettings, WornOutError, queues_from

DRAIN_SECONDS: Final = 5.0


def queues_of(queues: list[str], *, lease_seconds: int) -> Mapping[str, int]:
    """Returns the queues with their limits.

    Raises:
        Problem: a queue or limit is not allowed.
    """
    return worker_settings("", queues, name=None, lease_seconds=lease_seconds).queues


def worker_settings(url: str, queues: list[str], *, name: str | None, lease_seconds: int) -> WorkerSettings:
    """Returns the settings of a worker.

    Raises:
        Problem: a queue or limit is not allowed.
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


@dataclass(frozen=True, slots=True)
class WorkerEnd:
    """How a worker ended.

    Attributes:
        has_left_threads: executors that could not be stopped still have threads, which would keep the process from ending.
    """

    code: ExitCode
    has_left_threads: bool


async def serve_worker(settings: WorkerSettings) -> WorkerEnd:
    """Work until SIGINT or SIGTERM."""
    tracing = Tracing.from_environment(os.environ, service="interlock-worker")
    worker = Worker(settings, NodeExecutorFactory.from_entry_points(), tracing=tracing)
    try:
        await worker.run_until_signalled()
    except WornOutError:
        return WorkerEnd(ExitCode.WORN_OUT, worker.has_left_threads)
    finally:
        tracing.close()
    return WorkerEnd(ExitCode.COMPLETED, worker.has_left_threads)


def end_process(code: ExitCode) -> NoReturn:
    """Ends this process without waiting for the threads that it has."""
    logging.shutdown()
    sys.stdout.flush()
    os._exit(code)


@asynccontextmanager
async def working(settings: WorkerSettings) -> AsyncIterator[None]:
    """Run a worker in the background of the block; at the end it finishes what it holds."""
    logging.getLogger("interlock").addHandler(logging.NullHandler())
    worker = Worker(settings, NodeExecutorFactory.from_entry_points())
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        await _drain(worker, task)


async def _drain(worker: Worker, task: asyncio.Task[None]) -> None:
    """Let the worker finish what it holds; after a while, make it hand that back."""
    for patience in (DRAIN_SECONDS, worker.settings.hand_back_seconds):
        if task.done():
            break
        worker.stop()
        await asyncio.wait([task], timeout=patience)
    task.cancel()
    with suppress(asyncio.CancelledError, WornOutError):
        await task
