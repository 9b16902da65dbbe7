"""Where a node stands in the drawing."""

from typing import Annotated, Final

from pydantic import Field, PlainSerializer

from interlock.definition.model.base import DefinitionModel
from interlock.definition.model.fields import Number

FARTHEST: Final = 1_000_000


def shortest(value: float) -> int | float:
    """Returns whole numbers as such: `40` and `40.0` are the same number, so they are written, and counted into the checksum, alike."""
    return int(value) if value.is_integer() else value


Coordinate = Annotated[Number, Field(ge=-FARTHEST, le=FARTHEST), PlainSerializer(shortest)]


class Position(DefinitionModel):
    """The upper left corner of a node in the drawing, in pixels at a zoom of 1. It does not change how the workflow runs."""

    x: Coordinate
    """To the right, -1,000,000 to 1,000,000."""
    y: Coordinate
    """Downwards, -1,000,000 to 1,000,000."""
