"""Executors that do what a test wants to see."""

import asyncio
import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict

from interlock.json_text import WrittenJson
from interlock.nodes import (
    Completed,
    FinalError,
    NodeExecutionContext,
    NodeExecutionResult,
    NodeExecutor,
    NodeExecutorFactory,
    RetryableError,
    Waiting,
)
from interlock.nodes.contract import Isolation, ModelClass


class NoParameters(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Seconds(BaseModel):
    model_config = ConfigDict(extra="forbid")

    seconds: float = 0.0


class Text(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str = ""
    count: int = 1


class Echo(NodeExecutor[NoParameters]):
    """Returns its input."""

    type: ClassVar[str] = "TEST_NODE"
    subtype: ClassVar[str] = "ECHO"
    parameters: ClassVar[ModelClass] = NoParameters

    async def execute(self, context: NodeExecutionContext[NoParameters]) -> NodeExecutionResult:
        return Completed(output=context.input)


class Heavy(Echo):
    """An echo whose type has a queue of its own."""

    subtype: ClassVar[str] = "HEAVY"
    queue: ClassVar[str] = "heavy"


class Render(NodeExecutor[Text]):
    """Returns its parameters."""

    type: ClassVar[str] = "TEST_NODE"
    subtype: ClassVar[str] = "RENDER"
    parameters: ClassVar[ModelClass] = Text

    async def execute(self, context: NodeExecutionContext[Text]) -> NodeExecutionResult:
        return Completed(output={"text": context.parameters.text, "count": context.parameters.count})


class Door:
    """An event that any thread can wait for and set: the thread of the test, and that of the executors."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[asyncio.Future[None], asyncio.AbstractEventLoop] = {}
        self._is_open = False

    def is_set(self) -> bool:
        return self._is_open

    def set(self) -> None:
        with self._lock:
            self._is_open = True
            for waiting, loop in self._waiting.items():
                with suppress(RuntimeError):  # its loop has ended
                    loop.call_soon_threadsafe(_let_through, waiting)

    async def wait(self) -> None:
        loop = asyncio.get_running_loop()
        waiting = loop.create_future()
        with self._lock:
            if self._is_open:
                return
            self._waiting[waiting] = loop
        try:
            await waiting
        finally:
            with self._lock:
                del self._waiting[waiting]


def _let_through(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


class Gate(NodeExecutor[NoParameters]):
    """Waits until the test opens it. Remembers which executions came, left, and were cancelled."""

    type: ClassVar[str] = "TEST_NODE"
    subtype: ClassVar[str] = "GATE"
    parameters: ClassVar[ModelClass] = NoParameters

    def __init__(self) -> None:
        self.opened = Door()
        self.came: list[str] = []
        self.left: list[str] = []
        self.cancelled: list[bool] = []
        self.under_way = 0
        self.most_under_way = 0

    def renew(self) -> Self:
        return self  # it belongs to no event loop

    async def execute(self, context: NodeExecutionContext[NoParameters]) -> NodeExecutionResult:
        self.came.append(context.execution_id)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await self.opened.wait()
        except asyncio.CancelledError:
            self.cancelled.append(context.cancelled.is_set())
            raise
        finally:
            self.under_way -= 1
        self.left.append(context.execution_id)
        return Completed(output=context.input)


class Stubborn(Gate):
    """A gate that ignores its cancellation."""

    subtype: ClassVar[str] = "STUBBORN"

    async def execute(self, context: NodeExecutionContext[NoParameters]) -> NodeExecutionResult:
        self.came.append(context.execution_id)
        while not self.opened.is_set():
            try:
                await self.opened.wait()
            except asyncio.CancelledError:
                self.cancelled.append(context.cancelled.is_set())
        return Completed(output={"late": True})


class Block(NodeExecutor[Seconds]):
    """Blocks its event loop for some seconds, as bad code does."""

    type: ClassVar[str] = "TEST_NODE"
    subtype: ClassVar[str] = "BLOCK"
    parameters: ClassVar[ModelClass] = Seconds

    async def execute(self, context: NodeExecutionContext[Seconds]) -> NodeExecutionResult:
        time.sleep(context.parameters.seconds)  # noqa: ASYNC251 - that is the point
        return Completed(output={"blocked_seconds": context.parameters.seconds})


class Hang(NodeExecutor[NoParameters]):
    """Blocks its thread, in a call or in a busy loop, until the test lets it go; an input that says `well` goes through."""

    type: ClassVar[str] = "TEST_NODE"
    subtype: ClassVar[str] = "HANG"
    parameters: ClassVar[ModelClass] = NoParameters

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.began: list[str] = []
        self.ended: list[str] = []

    def renew(self) -> Self:
        return self

    async def execute(self, context: NodeExecutionContext[NoParameters]) -> NodeExecutionResult:
        if context.input.get("how") == "well":
            return Completed(output={})
        self.began.append(context.execution_id)
        while not self.let_go.wait(0 if context.input.get("how") == "busy" else 60):
            pass
        self.ended.append(context.execution_id)
        return Completed(output={"late": True})


class Apart(NodeExecutor[NoParameters]):
    """Runs in a process of its own and does what its input says. It writes its process id to `file`."""

    type: ClassVar[str] = "TEST_NODE"
    subtype: ClassVar[str] = "APART"
    parameters: ClassVar[ModelClass] = NoParameters
    isolation: ClassVar[Isolation] = "process"

    async def execute(self, context: NodeExecutionContext[NoParameters]) -> NodeExecutionResult:
        match context.input.get("how"):
            case "hangs":
                Path(context.input["file"]).write_text(str(os.getpid()))
                time.sleep(3600)  # noqa: ASYNC251 - that is the point
            case "starts_another":
                child = subprocess.Popen(["sleep", "3600"])
                Path(context.input["file"]).write_text(str(child.pid))
                child.wait()
            case "dies":
                os.kill(os.getpid(), signal.SIGKILL)
            case "raises":
                raise ZeroDivisionError("of its own")
            case "final":
                raise FinalError("never", "do not try again", details={"why": 1}, hint="leave it")
            case "no_json":
                return Completed(output={"value": object()})
            case "logs":
                context.logger.warning("said in the process")
        return Completed(output={"pid": os.getpid(), "given": dict(context.input), "key": context.idempotency_key}, context={"kept": 1})


class Hungry(NodeExecutor[NoParameters]):
    """Takes memory in small pieces until it has `bytes` of its input, or there is none left; without it, it takes nothing."""

    type: ClassVar[str] = "TEST_NODE"
    subtype: ClassVar[str] = "HUNGRY"
    parameters: ClassVar[ModelClass] = NoParameters

    async def execute(self, context: NodeExecutionContext[NoParameters]) -> NodeExecutionResult:
        taken = []
        for _ in range(context.input.get("bytes", 0) // 65_536):
            taken.append(bytearray(65_536))
            await asyncio.sleep(0)
        return Completed(output={"pieces": len(taken)})


class HungryApart(Hungry):
    """The same, in a process of its own."""

    subtype: ClassVar[str] = "HUNGRY_APART"
    isolation: ClassVar[Isolation] = "process"


class Grip(NodeExecutor[Seconds]):
    """Sleeps in C code that keeps Python's global lock."""

    type: ClassVar[str] = "TEST_NODE"
    subtype: ClassVar[str] = "GRIP"
    parameters: ClassVar[ModelClass] = Seconds

    async def execute(self, context: NodeExecutionContext[Seconds]) -> NodeExecutionResult:
        ctypes.PyDLL(None).usleep(int(context.parameters.seconds * 1_000_000))
        return Completed(output={})


class GripApart(Grip):
    """The same, in a process of its own."""

    subtype: ClassVar[str] = "GRIP_APART"
    isolation: ClassVar[Isolation] = "process"


class Unprintable(Exception):
    def __str__(self) -> str:
        raise ZeroDivisionError


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"deeper": value}
    return value


class Misbehave(NodeExecutor[NoParameters]):
    """Does something that executors must not do; its input says what."""

    type: ClassVar[str] = "TEST_NODE"
    subtype: ClassVar[str] = "MISBEHAVE"
    parameters: ClassVar[ModelClass] = NoParameters

    async def execute(self, context: NodeExecutionContext[NoParameters]) -> NodeExecutionResult:
        match context.input.get("how"):
            case "retryable":
                raise RetryableError("not_yet", "try again", details={"attempt": context.attempt})
            case "final":
                raise FinalError("never", "do not try again")
            case "reserved_code":
                raise FinalError("join_unfilled", "something is missing")
            case "raises":
                raise ZeroDivisionError("a secret " + "x" * 10_000)
            case "raises_what_cannot_be_printed":
                raise Unprintable
            case "exits":
                raise SystemExit(3)
            case "cancels_itself":
                raise asyncio.CancelledError
            case "no_result":
                return {"not": "a result"}  # type: ignore[return-value]  # that is the point
            case "no_object":
                return Completed(output=[1, 2, 3])  # type: ignore[arg-type]  # that is the point
            case "no_json":
                return Completed(output={"value": object()})
            case "nul":
                return Completed(output={"text": "a\x00b"})
            case "hidden_nul":
                return Completed(output={"text": WrittenJson(b'"a\\u0000b"')})  # written already, so only the database looks
            case "deep":
                return Completed(output=nested(5000))
            case "large":
                return Completed(output={"text": "x" * 2_000_000})
            case "waits_for_a_person":
                return Waiting(for_="person")  # type: ignore[arg-type]  # that is the point
            case "unknown_port":
                return Completed(output={}, port="nowhere")
            case _:
                return Completed(output={"attempt": context.attempt})


class SetContext(NodeExecutor[NoParameters]):
    """Sets a key of the execution's context."""

    type: ClassVar[str] = "TEST_NODE"
    subtype: ClassVar[str] = "REMEMBER"
    parameters: ClassVar[ModelClass] = NoParameters

    async def execute(self, context: NodeExecutionContext[NoParameters]) -> NodeExecutionResult:
        remembered: Mapping[str, Any] = {"remembered": context.input}
        return Completed(output={}, context=remembered)


class TestNodes:
    """One of each test executor."""

    __test__ = False

    def __init__(self) -> None:
        self.gate = Gate()
        self.stubborn = Stubborn()
        self.hang = Hang()
        alike: list[NodeExecutor[Any]] = [
            Echo(),
            Heavy(),
            Render(),
            Block(),
            Misbehave(),
            SetContext(),
            Apart(),
            Grip(),
            GripApart(),
            Hungry(),
            HungryApart(),
        ]
        self.factory = NodeExecutorFactory([*alike, self.gate, self.stubborn, self.hang])
