"""Runs executors in processes of their own, for code that blocks: a process can be killed, a thread cannot."""

import asyncio
import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from interlock.json_text import read_stored_json
from interlock.nodes import Completed, FinalError, NodeExecutionContext, NodeExecutionResult, NodeExecutor, RetryableError, Waiting
from interlock.worker.frames import read_frame, write_frame

COPIED: Final = (
    *("input", "parameters", "scope", "attempt", "visit", "idempotency_key", "execution_id"),
    *("assignment_id", "subject", "node", "timeout_seconds"),
)
CHILD: Final = "interlock.worker.child_process"


class ExecutorRaisedError(Exception):
    """What an executor raised in its process, with the traceback from there.

    Attributes:
        exception: the name of its class.
        message: what it said.
    """

    def __init__(self, exception: str, message: str, traceback: str) -> None:
        super().__init__(f"{exception}: {message}\n{traceback}")
        self.exception = exception
        self.message = message


class ProcessPool:
    """The processes of one executor class. Each executes one assignment at a time and is kept for the next one.

    At most `limit` execute at once; other assignments wait. Cancelling an assignment kills its process, and every process that this one has started.
    """

    def __init__(self, executor: NodeExecutor[Any], limit: int) -> None:
        self._executor = type(executor)
        self._free = asyncio.Semaphore(limit)
        self._idle: list[ChildProcess] = []

    async def execute(self, context: NodeExecutionContext[Any]) -> NodeExecutionResult:
        """Executes in a process.

        Raises:
            RetryableError, FinalError: as the executor raised it; or `executor_died`, where its process ended without an answer.
            ExecutorRaisedError: the executor raised anything else.
        """
        async with self._free:
            child = self._idle.pop() if self._idle else await ChildProcess.start(self._executor)
            try:
                answer = await child.ask(context)
            except BaseException:
                await child.kill()
                raise
            self._idle.append(child)
        return _result_of(answer)

    async def close(self) -> None:
        for child in self._idle:
            await child.kill()
        self._idle.clear()


class ChildProcess:
    """One process that executes for one class of executors."""

    def __init__(self, process: "subprocess.Popen[bytes]", reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer

    @classmethod
    async def start(cls, executor: type[NodeExecutor[Any]]) -> "ChildProcess":
        """Starts a process in a session of its own, so that Ctrl-C does not reach it. It ends when its standard input does."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.to_thread(
                subprocess.Popen,
                [sys.executable, "-P", "-m", CHILD, str(theirs.fileno()), executor.__module__, executor.__qualname__],
                stdin=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                env=_environment(),
            )
        ours.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=ours)
        return cls(process, reader, writer)

    async def ask(self, context: NodeExecutionContext[Any]) -> Mapping[str, Any]:
        """Has the process execute. Returns how the executor ended, and logs what it logs.

        Raises:
            RetryableError: the process died.
        """
        try:
            await write_frame(self._writer, pickle.dumps(_fields_of(context)))
            while True:
                answer: dict[str, Any] = read_stored_json(await read_frame(self._reader))
                if answer["kind"] != "log":
                    return answer
                context.logger.log(answer["level"], "%s", answer["message"])
        except (asyncio.IncompleteReadError, ConnectionError):
            code = await asyncio.to_thread(self._process.wait)
            how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
            raise RetryableError("executor_died", f"the process of the executor {how}", details={"exit_code": code}) from None

    async def kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._writer.close()
        if self._process.stdin is not None:
            self._process.stdin.close()
        await asyncio.to_thread(self._process.wait)


def _environment() -> dict[str, str]:
    """Returns the environment of this process with its import path: an executor may be in a folder that only this process knows."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def _fields_of(context: NodeExecutionContext[Any]) -> dict[str, Any]:
    """Returns what can be copied of a context. Credentials refuse to be pickled, so their parts are copied one by one."""
    credentials = {
        parameter: {"name": one.name, "kind": one.kind, "fields": dict(one.fields), "allowed_hosts": one.allowed_hosts}
        for parameter, one in context.credentials.items()
    }
    names = (
        "input",
        "parameters",
        "scope",
        "attempt",
        "visit",
        "idempotency_key",
        "execution_id",
        "assignment_id",
        "subject",
        "node",
        "timeout_seconds",
    )
    return {name: getattr(context, name) for name in names} | {"credentials": credentials}


def _result_of(answer: Mapping[str, Any]) -> NodeExecutionResult:
    match answer["kind"]:
        case "completed":
            port = answer["port"]
            return Completed(output=answer["output"], port=tuple(port) if isinstance(port, list) else port, context=answer["context"])
        case "waiting":
            return Waiting.from_json(answer["wait"])
        case "error":
            kind = RetryableError if answer["retryable"] else FinalError
            raise kind(answer["code"], answer["message"], details=answer["details"], hint=answer["hint"])
    raise ExecutorRaisedError(answer["exception"], answer["message"], answer["traceback"])
