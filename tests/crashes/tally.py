"""Executors that write down each time that they are executed, in a file that outlives every process."""

import os
from pathlib import Path
from typing import ClassVar, Final

from pydantic import BaseModel, ConfigDict

from interlock.nodes import Completed, NodeExecutionContext, NodeExecutionResult, NodeExecutor
from interlock.nodes.contract import ModelClass

VARIABLE: Final = "INTERLOCK_TEST_TALLY"
"""Names the file."""


class NoParameters(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Tally(NodeExecutor[NoParameters]):
    """Declares no side effects, so it may run ahead. Only the test knows of the line that it writes. Counts in its output."""

    type: ClassVar[str] = "TEST_NODE"
    subtype: ClassVar[str] = "TALLY"
    parameters: ClassVar[ModelClass] = NoParameters
    has_side_effects: ClassVar[bool] = False

    async def execute(self, context: NodeExecutionContext[NoParameters]) -> NodeExecutionResult:
        file = os.open(os.environ[VARIABLE], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(file, f"{context.execution_id} {context.node.id}\n".encode())
        os.close(file)
        return Completed(output={"n": context.input["n"], "count": context.input.get("count", 0) + 1})


class Mark(Tally):
    """Has side effects, so it starts only when everything before it is committed."""

    subtype: ClassVar[str] = "MARK"
    has_side_effects: ClassVar[bool] = True


def install(folder: Path) -> None:
    """Makes a folder a place in which Python finds a package with these executors."""
    metadata = folder / "tally-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: tally\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[interlock.nodes]\nTEST_NODE/TALLY = tests.crashes.tally:Tally\nTEST_NODE/MARK = tests.crashes.tally:Mark\n"
    )
