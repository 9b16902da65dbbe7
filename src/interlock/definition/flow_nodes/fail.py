"""FLOW_NODE/FAIL: ends the execution as failed."""

from typing import Annotated, Any

from pydantic import Field

from interlock.definition.expressions.program import text_program
from interlock.definition.model.base import DefinitionModel
from interlock.definition.model.fields import Text

ErrorCode = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$")]


class FailParameters(DefinitionModel):
    """The error that the execution ends with. No attempt follows it."""

    code: ErrorCode = "failed"
    """The code of the error, which programs can test: letters, digits, `_`, `.` and `-`."""
    message: Text
    """What went wrong, for the people who read it."""

    def inline(self) -> dict[str, Any] | None:
        message = text_program(self.message)
        return {"code": self.code, "message": message} if message else None
