"""`ACTION_NODE/TRANSFORM`."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from interlock.nodes.contract import NodeExecutionContext, NodeExecutor
from interlock.nodes.errors import FinalError
from interlock.nodes.json_values import NotJson, to_json_object
from interlock.nodes.results import Completed


class TransformParameters(BaseModel):
    """Builds an output from templates."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    values: Any = Field(description="The output: an object (or anything else, which becomes `value`) with templates at any depth.")


class Transform(NodeExecutor[TransformParameters]):
    """The output is `values`, with the templates in it rendered."""

    type = "ACTION_NODE"
    subtype = "TRANSFORM"
    parameters = TransformParameters

    async def execute(self, context: NodeExecutionContext[TransformParameters]) -> Completed:
        try:
            return Completed(output=to_json_object(context.parameters.values))
        except NotJson as error:
            raise FinalError("output_not_json", str(error)) from None
