"""`FLOW_NODE/FAIL`."""

from typing import Annotated, NoReturn

from pydantic import BeforeValidator

from interlock.definition.expressions.values import json_text
from interlock.definition.flow_nodes.fail import FailParameters
from interlock.definition.model.fields import Text
from interlock.definition.node_types import NodeKind
from interlock.nodes.contract import NodeExecutionContext, NodeExecutor
from interlock.nodes.errors import FinalError


class TextFailParameters(FailParameters):
    """The error that the execution ends with. No attempt follows it."""

    message: Annotated[Text, BeforeValidator(json_text)]
    """What went wrong, for the people who read it. A value that is not text is written as JSON."""


class Fail(NodeExecutor[TextFailParameters]):
    """Ends the execution at once as failed, with this code and message. Everything that is still open is cancelled."""

    type = "FLOW_NODE"
    subtype = "FAIL"
    parameters = TextFailParameters
    kind = NodeKind.FAIL
    ports = ()
    has_side_effects = False

    async def execute(self, context: NodeExecutionContext[TextFailParameters]) -> NoReturn:
        raise FinalError(context.parameters.code, context.parameters.message)
