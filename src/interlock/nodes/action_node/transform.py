"""`ACTION_NODE/TRANSFORM`."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from interlock.assignment_errors import AssignmentErrorCode
from interlock.json_text import UnreadableValue
from interlock.nodes.contract import NodeExecutionContext, NodeExecutor
from interlock.nodes.errors import FinalError
from interlock.nodes.json_values import to_json_object
from interlock.nodes.results import Completed

OUTPUT_NOT_JSON: Final = AssignmentErrorCode(
    code="output_not_json",
    meaning="What the templates made cannot be stored as JSON.",
    cause="A number that is not finite, a value that is nested too deep, or half a surrogate pair in a text.",
    hint="Look at the value that the message names, and leave it out or convert it to text.",
)


class TransformParameters(BaseModel):
    """Builds an output from templates."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    values: Any = Field(description='The output. An object with templates at any depth; anything else becomes `{"value": …}`.')


class Transform(NodeExecutor[TransformParameters]):
    """Builds an output from other values: its output is `values`, with every template in it rendered."""

    type = "ACTION_NODE"
    subtype = "TRANSFORM"
    parameters = TransformParameters
    errors = (OUTPUT_NOT_JSON,)
    has_side_effects = False

    async def execute(self, context: NodeExecutionContext[TransformParameters]) -> Completed:
        try:
            return Completed(output=to_json_object(context.parameters.values))
        except UnreadableValue as error:
            raise FinalError("output_not_json", f"the output is not JSON: {error.sentence}", details=error.details, hint=error.hint) from None
