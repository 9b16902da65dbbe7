"""The base of all parts of a definition."""

from pydantic import BaseModel, ConfigDict


class DefinitionModel(BaseModel):
    """A frozen part of a definition. An unknown field is an error and is never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True, use_attribute_docstrings=True)
