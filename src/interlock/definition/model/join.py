"""How a node with several incoming MAIN connections starts."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from interlock.definition.model.base import DefinitionModel
from interlock.definition.model.fields import NODE_LIMIT, Whole


class CountJoin(DefinitionModel):
    """Goes when `count` of its connections have a token."""

    count: Annotated[Whole, Field(ge=1, le=NODE_LIMIT)]


Join = Literal["all", "first", "each"] | CountJoin


class Late(StrEnum):
    """What becomes of branches that come too late for a `first` or `count` join."""

    SWALLOW = "swallow"
    HOLD = "hold"
    CANCEL = "cancel"


class OnError(StrEnum):
    """What follows when a node has failed for good: the execution fails, the node leaves through `main`, or through `error`."""

    FAIL = "fail"
    CONTINUE = "continue"
    PORT = "port"
