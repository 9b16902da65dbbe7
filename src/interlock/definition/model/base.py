"""What every part of a definition has in common: frozen, and nothing in it that is not understood."""

from pydantic import BaseModel, ConfigDict


class DefinitionModel(BaseModel):
    """A frozen value read from a definition; a field that it does not know is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True, use_attribute_docstrings=True)
