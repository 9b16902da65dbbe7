"""Keeps processes running: starts each one again when it ends, and ends all of them with this process."""

import asyncio
import logging
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from interlock.backoff import Backoff
from interlock.cli.exit_codes import ExitCode
from interlock.cli.problem import Problem
from interlock.cli.supervised import SUPERVISED_VARIABLE

LOGGER: Final = logging.getLogger("interlock.supervisor")

FIRST_PAUSE_SECONDS: Final = 0.2
LONGEST_PAUSE_SECONDS: Final = 15.0
SHORT_LIFE_SECONDS: Final = 30.0
"""A process that ended sooner than this has failed to start."""
ERROR_AFTER: Final = 3
"""After this number of failed starts in a row, an error is logged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildCommand:
    """A process to keep running: `interlock` with these arguments.

    Attributes:
        end_seconds: how long it may take to end after SIGTERM before it is killed; None: it is never killed.
    """

    name: str
    arguments: Sequence[str]
    end_seconds: float | None = None


class Supervisor:
    """Runs several commands. `run` returns when `stop` was called and all of them have ended."""

    def __init__(self, commands: Sequence[ChildCommand], environment: Mapping[str, str]) -> None:
        self._commands = tuple(commands)
        self._environment = dict(environment)
        self._processes: dict[str, Process] = {}
        self._replaced: set[Process] = set()
        self._stopping = asyncio.Event()

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    async def run(self) -> None:
        """Keep all of them running.

        Raises:
            Problem: one of them cannot start with its options.
        """
        try:
            async with asyncio.TaskGroup() as group:
                for command in self._commands:
                    group.create_task(self._keep_running(command))
        finally:
            self.stop()
            await asyncio.gather(*[self._end(command) for command in self._commands])

    def stop(self) -> None:
        """Ask all of them to end. A second call asks again: workers then hand back what they hold."""
        self._stopping.set()
        for process in self._processes.values():
            _send(process, signal.SIGTERM)

    def replace_all(self, environment: Mapping[str, str]) -> None:
        """Start all of them again with another environment."""
        self._environment = dict(environment)
        for process in self._processes.values():
            self._replaced.add(process)
            _send(process, signal.SIGTERM)

    async def _keep_running(self, command: ChildCommand) -> None:
        backoff = Backoff(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)
        while not self._stopping.is_set():
            began = time.monotonic()
            process = await self._start(command)
            code = await self._wait_for_end(process, command)
            if self._stopping.is_set():
                return
            if process in self._replaced:
                self._replaced.discard(process)
                continue
            if code == ExitCode.USAGE:
                raise Problem(f"the process {command.name!r} does not start with these options; it wrote why above", code="child", where=command.name)
            if code == ExitCode.WORN_OUT:
                LOGGER.warning("%s stopped because executors do not end or took all memory; another one takes its place", command.name)
                continue
            if time.monotonic() - began >= SHORT_LIFE_SECONDS:
                backoff.reset()
            await self._wait_before_restart(command, code, backoff)

    async def _start(self, command: ChildCommand) -> Process:
        """Start it in a session of its own, so that Ctrl-C reaches only the supervisor, and never import from the current folder (-P)."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "interlock.cli",
            *command.arguments,
            env={**self._environment, SUPERVISED_VARIABLE: "1"},
            stdin=PIPE,
            stdout=DEVNULL,
            start_new_session=True,
        )
        self._processes[command.name] = process
        if self._stopping.is_set():
            _send(process, signal.SIGTERM)
        return process

    async def _wait_for_end(self, process: Process, command: ChildCommand) -> int:
        """Wait for its end; returns its exit code. While stopping, a child that takes longer than `end_seconds` is killed."""
        waiting = asyncio.ensure_future(process.wait())
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait([waiting, stopping], return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                await asyncio.wait([waiting], timeout=command.end_seconds)
            if not waiting.done():
                LOGGER.warning("%s does not end, so it is killed", command.name)
                _send(process, signal.SIGKILL)
            return await waiting
        finally:
            waiting.cancel()
            stopping.cancel()

    async def _wait_before_restart(self, command: ChildCommand, code: int, backoff: Backoff) -> None:
        seconds = backoff.next_seconds()
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        LOGGER.warning("%s %s; it is started again in %.1f s", command.name, how, seconds)
        if backoff.failures >= ERROR_AFTER:
            LOGGER.error(
                "%s has now ended %d times in a row soon after its start; what it wrote above says why; `interlock doctor` may say more",
                command.name,
                backoff.failures,
            )
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def _end(self, command: ChildCommand) -> None:
        """Wait for a process that was asked to end, if it still runs."""
        process = self._processes.get(command.name)
        if process is not None and process.returncode is None:
            await self._wait_for_end(process, command)


def child_environment(database_url: str, more: Mapping[str, str]) -> dict[str, str]:
    """Returns this process's environment with the database's address. Addresses and keys are never arguments, which all users can read."""
    left_out = {"SUPABASE_DB_URL", "INTERLOCK_URL", "INTERLOCK_API_KEY"}
    return {name: value for name, value in os.environ.items() if name not in left_out} | {"DATABASE_URL": database_url} | dict(more)


def _send(process: Process, number: signal.Signals) -> None:
    if process.returncode is None:
        process.send_signal(number)
