"""FLOW_NODE/WAIT: waits for a while, or until a time."""

import re
from datetime import datetime
from typing import Annotated, Any, Final, Self

from pydantic import Field, model_validator

from interlock.definition.expressions.program import value_program
from interlock.definition.model.base import DefinitionModel
from interlock.definition.model.fields import LONGEST_SECONDS, Number

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)")


class WaitParameters(DefinitionModel):
    """How long to wait: either `seconds` or `until`, as a value or as a template."""

    seconds: Annotated[Number, Field(ge=0, le=LONGEST_SECONDS)] | str | None = None
    """How many seconds to wait, from 0 to a hundred years."""
    until: str | None = None
    """The time to wait for, with its offset from UTC. For example `2030-01-31T09:00:00+01:00`."""

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        if (self.seconds is None) == (self.until is None):
            raise ValueError("give either seconds or until")
        if isinstance(self.seconds, str) and "{{" not in self.seconds:
            raise ValueError("give seconds as a number, or as a template of one")
        if self.until is not None and "{{" not in self.until:
            read_time(self.until)
        return self

    def inline(self) -> dict[str, Any] | None:
        name = "seconds" if self.until is None else "until"
        program = value_program(getattr(self, name))
        return {name: program} if program else None


def read_time(text: str) -> datetime:
    """Returns the time that a text means.

    Raises:
        ValueError: it is not an ISO time with an offset.
    """
    if not _TIME.fullmatch(text):
        raise ValueError(f"{text[:60]!r} is not a time with its offset, such as 2030-01-31T09:00:00+01:00")
    return datetime.fromisoformat(text)
