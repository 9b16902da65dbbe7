"""FLOW_NODE/SET_CONTEXT: changes the execution's shared object."""

from typing import Annotated, Any

from pydantic import Field, JsonValue

from interlock.definition.expressions.program import value_program
from interlock.definition.model.base import DefinitionModel

ContextKey = Annotated[str, Field(min_length=1, max_length=100)]


class SetContextParameters(DefinitionModel):
    """Sets these keys; all other keys keep their values."""

    values: Annotated[dict[ContextKey, JsonValue], Field(min_length=1, max_length=1_000)]
    """The keys to set, with their values: 1 to 1,000. Later nodes read them as `context.key`."""

    def inline(self) -> dict[str, Any] | None:
        programs = {key: value_program(value) for key, value in self.values.items()}
        return {"values": programs} if all(program is not None for program in programs.values()) else None
