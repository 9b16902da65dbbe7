"""What every record has in common."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict

JsonObject = dict[str, Any]
WorkflowObject = Annotated[JsonObject, "WorkflowDefinition"]
"""A definition; the name is that of its message in gRPC."""


class Record(BaseModel):
    """A frozen value that was read; fields may be added in later releases."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True, from_attributes=True)
