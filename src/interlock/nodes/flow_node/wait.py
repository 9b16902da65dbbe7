"""`FLOW_NODE/WAIT`."""

from interlock.definition.flow_nodes.wait import WaitParameters, read_time
from interlock.definition.node_types import NodeKind
from interlock.nodes.contract import NodeExecutionContext, NodeExecutor
from interlock.nodes.errors import FinalError
from interlock.nodes.results import Waiting


class Wait(NodeExecutor[WaitParameters]):
    """Waits for some seconds, or until a time, and then passes its input on. It holds no worker meanwhile; the clock of the database counts."""

    type = "FLOW_NODE"
    subtype = "WAIT"
    parameters = WaitParameters
    kind = NodeKind.WAIT
    waits = True
    has_side_effects = False

    async def execute(self, context: NodeExecutionContext[WaitParameters]) -> Waiting:
        parameters = context.parameters
        if parameters.until is None:
            return Waiting(for_="time", seconds=_seconds(parameters.seconds))
        try:
            return Waiting(for_="time", until=read_time(parameters.until))
        except ValueError as error:
            raise FinalError("bad_wait", f"until: {error}") from None


def _seconds(value: float | str | None) -> float:
    if isinstance(value, str) or value is None:
        raise FinalError("bad_wait", f"seconds: {str(value)[:60]!r} is not a number")
    return value
