"""A pool of interpreter processes, and one call of one of them.

The calls block, so each runs in a thread of the sandbox's own. The library's asyncio pool is not used: its background threads abort the whole
process now and then when Python exits.
"""

import asyncio
import contextlib
import os
import re
import signal
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interlock.nodes.action_node.run_code.prepared_code import FIND, VALUE, PreparedCode, no_data, prepare_code
from interlock.nodes.action_node.run_code.printed import Printed

if TYPE_CHECKING:
    from pydantic_monty import Monty, MontySession, ResourceLimits

_WORDS = re.compile(r"[^\W\d]\w*")
_CALLS_PER_PROCESS = 1000
_REPLACEMENTS = 20
_HEADROOM_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run, with what, and how much it may use."""

    code: str
    variables: Mapping[str, Any]
    timeout_seconds: float
    memory_bytes: int


class Sandbox:
    """Up to `processes` interpreters. It starts them when they are needed and replaces them when they die. Other calls wait."""

    def __init__(self, processes: int | None = None) -> None:
        self._processes = processes or os.cpu_count() or 1
        self._threads = ThreadPoolExecutor(self._processes, thread_name_prefix="sandbox")
        self._starting = threading.Lock()
        self._pool: Monty | None = None
        self._is_closed = False

    async def run(self, program: Program, printed: Printed) -> Any:
        """Returns the value of the last expression of the program, else of its variable `output`, else None. Cancelling kills the interpreter.

        Raises:
            pydantic_monty.MontyError: what the program or its process died of.
            UnreadableValue: the value is no data: a function, an object, a list that holds itself.
        """
        call = _Call(program, printed)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: call.run(self._started_pool()))
        except asyncio.CancelledError:
            call.cancel()
            raise

    async def close(self) -> None:
        await asyncio.to_thread(self._close)

    def _started_pool(self) -> "Monty":
        with self._starting:
            if self._is_closed:
                raise RuntimeError("the sandbox is closed")
            if self._pool is None:
                from pydantic_monty import Monty

                pool = Monty(min_processes=1, max_processes=self._processes, max_checkouts_per_worker=_CALLS_PER_PROCESS)
                self._pool = pool.__enter__()
            return self._pool

    def _close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        with self._starting:
            self._is_closed = True
            if self._pool is not None:
                self._pool.__exit__(None, None, None)
                self._pool = None


class _Call:
    """One program in one interpreter, which another thread may cancel."""

    def __init__(self, program: Program, printed: Printed) -> None:
        self._program = program
        self._printed = printed
        self._lock = threading.Lock()
        self._process: int | None = None
        self._is_cancelled = False

    def run(self, pool: "Monty") -> Any:
        program = self._program
        limits: ResourceLimits = {
            "max_feed_duration_secs": program.timeout_seconds,
            "max_memory": program.memory_bytes,
            "max_total_sleep_secs": program.timeout_seconds,
        }
        for is_last in (*[False] * _REPLACEMENTS, True):
            with pool.checkout(limits=limits, os_policy={"sleep_system_max": program.timeout_seconds}) as session:
                if not is_last and _has_died(session.worker_pid):
                    continue  # it died while it was idle, which is not the fault of this program; the pool replaces it
                return self._feed(session) if self._begin(session) else None
        raise AssertionError("the last round returns")

    def cancel(self) -> None:
        with self._lock:
            self._is_cancelled = True
            if self._process is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self._process, signal.SIGKILL)

    def _begin(self, session: "MontySession") -> bool:
        with self._lock:
            self._process = None if self._is_cancelled else session.worker_pid
            is_cancelled = self._is_cancelled
        if self._process is not None:
            _limit_process(self._process, self._program.memory_bytes)
        return not is_cancelled

    def _feed(self, session: "MontySession") -> Any:
        """Runs the program. It sends only variables that the code can name, because converting a large input costs more than most programs."""
        prepared = prepare_code(self._program.code)
        words = set(_WORDS.findall(self._program.code))
        variables = {name: value for name, value in self._program.variables.items() if name in words}
        if "output" in words:
            variables["output"] = None
        try:
            session.feed_run(prepared.before)
            return self._value_of(session, prepared, variables)
        finally:
            with self._lock:
                self._process = None

    def _value_of(self, session: "MontySession", prepared: PreparedCode, variables: Mapping[str, Any]) -> Any:
        from pydantic_monty import MontyRuntimeError

        try:
            return session.feed_run(prepared.text, inputs=dict(variables), print_callback=self._printed.write)
        except MontyRuntimeError as error:
            frames = error.traceback()
            if not frames or frames[0].line <= prepared.line_count or isinstance(error.exception(), (MemoryError, TimeoutError)):
                raise
        found = session.feed_run(FIND)
        if found is not None:
            raise no_data(*found)
        return session.feed_run(VALUE)


def _has_died(process: int | None) -> bool:
    """Returns whether the child has ended, without waiting for it, which the pool does."""
    if process is None or not hasattr(os, "waitid"):
        return False
    try:
        return os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


def _limit_process(process: int, memory_bytes: int) -> None:
    """Has the system refuse memory far beyond what the program may use, in case the interpreter counts wrong."""
    try:
        import resource

        _, hard = resource.prlimit(process, resource.RLIMIT_DATA)
        resource.prlimit(process, resource.RLIMIT_DATA, (memory_bytes + _HEADROOM_BYTES, hard))
    except (ImportError, AttributeError, OSError, ValueError):
        return  # this system has no such limit, or the process has just died
