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
    """The error that the execution ends with; it is final."""

    message: Annotated[Text, BeforeValidator(json_text)]
    """A template of one expression gives its value; a message is text whatever that is."""


class Fail(NodeExecutor[TextFailParameters]):
    """Fails, with this code and message; what is still open is cancelled."""

    type = "FLOW_NODE"
    subtype = "FAIL"
    parameters = TextFailParameters
    kind = NodeKind.FAIL
    ports = ()

    async def execute(self, context: NodeExecutionContext[TextFailParameters]) -> NoReturn:
        raise FinalError(context.parameters.code, context.parameters.message)
