"""What every record has in common."""

from typing import Any

from pydantic import BaseModel, ConfigDict

JsonObject = dict[str, Any]


class Record(BaseModel):
    """A frozen value that was read; fields may be added in later releases."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True, from_attributes=True)
