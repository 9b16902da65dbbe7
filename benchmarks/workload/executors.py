"""Executors of the benchmarks: plug-ins like any other, in the registry of the benchmark's own worker process.

They do as little as an executor can, so that what is measured is the engine; they keep the whole contract (a parameters model, a context, a result).
"""

import asyncio
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from interlock.nodes import Completed, NodeExecutionContext, NodeExecutor, NodeExecutorFactory

TYPE = "ACTION_NODE"


class NoParameters(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NoopExecutor(NodeExecutor[NoParameters]):
    """The trivial node: hands its input on."""

    parameters: ClassVar[type[BaseModel]] = NoParameters
    type: ClassVar[str] = TYPE
    subtype: ClassVar[str] = "BENCH_NOOP"

    async def execute(self, context: NodeExecutionContext[NoParameters]) -> Completed:
        return Completed(output=context.input)


class FiboParameters(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    n: int


class FiboExecutor(NodeExecutor[FiboParameters]):
    """The small task of the sequential benchmark, in the worker's own Python."""

    parameters: ClassVar[type[BaseModel]] = FiboParameters
    type: ClassVar[str] = TYPE
    subtype: ClassVar[str] = "BENCH_FIBO"

    async def execute(self, context: NodeExecutionContext[FiboParameters]) -> Completed:
        return Completed(output={"value": fibo(context.parameters.n)})


class PauseParameters(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: float


class PauseExecutor(NodeExecutor[PauseParameters]):
    """Work that is mostly waiting for somebody else: holds its assignment for a while."""

    parameters: ClassVar[type[BaseModel]] = PauseParameters
    type: ClassVar[str] = TYPE
    subtype: ClassVar[str] = "BENCH_PAUSE"

    async def execute(self, context: NodeExecutionContext[PauseParameters]) -> Completed:
        await asyncio.sleep(context.parameters.seconds)
        return Completed(output=context.input)


def benchmark_factory() -> NodeExecutorFactory:
    """The product's own executors, and these."""
    return NodeExecutorFactory([*NodeExecutorFactory.from_entry_points().executors(), NoopExecutor(), FiboExecutor(), PauseExecutor()])


def fibo(n: int) -> int:
    return n if n <= 1 else fibo(n - 1) + fibo(n - 2)
