"""Keeps processes running: each is started again when it dies, and all end with this one."""

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
from interlock.cli.supervised import MARK

LOGGER: Final = logging.getLogger("interlock.supervisor")

FIRST_PAUSE_SECONDS: Final = 0.2
LONGEST_PAUSE_SECONDS: Final = 15.0
AT_ONCE_SECONDS: Final = 30.0
"""A process that lived shorter than this has not really come up."""
TOLD_AFTER: Final = 3
"""So many times in a row at once, and it is said that something is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildCommand:
    """A process to keep: `interlock` with these arguments.

    Attributes:
        end_seconds: how long it may take to end after SIGTERM before it is killed; None: as long as it wants.
    """

    name: str
    arguments: Sequence[str]
    end_seconds: float | None = None


class Supervisor:
    """`run` returns when `stop` was called and all children have ended."""

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
        """Keep all of them.

        Raises:
            Problem: one of them cannot start with the options that it was given.
        """
        try:
            async with asyncio.TaskGroup() as group:
                for command in self._commands:
                    group.create_task(self._keep(command))
        finally:
            self.stop()
            await asyncio.gather(*[self._end(command) for command in self._commands])

    def stop(self) -> None:
        """Ask all to end; a second call asks again, which hurries workers."""
        self._stopping.set()
        for process in self._processes.values():
            _send(process, signal.SIGTERM)

    def replace_all(self, environment: Mapping[str, str]) -> None:
        """Start all of them again with other settings."""
        self._environment = dict(environment)
        for process in self._processes.values():
            self._replaced.add(process)
            _send(process, signal.SIGTERM)

    async def _keep(self, command: ChildCommand) -> None:
        backoff = Backoff(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)
        while not self._stopping.is_set():
            began = time.monotonic()
            process = await self._start(command)
            code = await self._ended(process, command)
            if self._stopping.is_set():
                return
            if process in self._replaced:
                self._replaced.discard(process)
                continue
            if code == ExitCode.USAGE:
                raise Problem(f"the process {command.name!r} does not start with these options; it says why above", code="child", where=command.name)
            if code == ExitCode.WORN_OUT:
                LOGGER.warning("%s stopped because executors do not end; another takes its place", command.name)
                continue
            if time.monotonic() - began >= AT_ONCE_SECONDS:
                backoff.reset()
            await self._pause(command, code, backoff)

    async def _start(self, command: ChildCommand) -> Process:
        """In a session of its own, so that Ctrl-C reaches only the supervisor; never from the folder that the user is in (-P)."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "interlock.cli",
            *command.arguments,
            env={**self._environment, MARK: "1"},
            stdin=PIPE,
            stdout=DEVNULL,
            start_new_session=True,
        )
        self._processes[command.name] = process
        if self._stopping.is_set():
            _send(process, signal.SIGTERM)
        return process

    async def _ended(self, process: Process, command: ChildCommand) -> int:
        """Its exit code. A child of which nothing but its end is wanted may be killed when it takes too long for it."""
        waiting = asyncio.ensure_future(process.wait())
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait([waiting, stopping], return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                await asyncio.wait([waiting], timeout=command.end_seconds)
            if not waiting.done():
                LOGGER.warning("%s does not end: it is killed", command.name)
                _send(process, signal.SIGKILL)
            return await waiting
        finally:
            waiting.cancel()
            stopping.cancel()

    async def _pause(self, command: ChildCommand, code: int, backoff: Backoff) -> None:
        seconds = backoff.next_seconds()
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        LOGGER.warning("%s %s; it is started again in %.1f s", command.name, how, seconds)
        if backoff.failures >= TOLD_AFTER:
            LOGGER.error(
                "%s has now ended %d times in a row soon after its start; what it wrote above says why, and `interlock doctor` looks closer",
                command.name,
                backoff.failures,
            )
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def _end(self, command: ChildCommand) -> None:
        """After a failure of another one: what still runs has been asked to end."""
        process = self._processes.get(command.name)
        if process is not None and process.returncode is None:
            await self._ended(process, command)


def child_environment(database_url: str, more: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with the database; addresses and keys are never arguments, which every user of the machine can read."""
    left_out = {"SUPABASE_DB_URL", "INTERLOCK_URL", "INTERLOCK_API_KEY"}
    return {name: value for name, value in os.environ.items() if name not in left_out} | {"DATABASE_URL": database_url} | dict(more)


def _send(process: Process, number: signal.Signals) -> None:
    if process.returncode is None:
        process.send_signal(number)
