"""When a node with several incoming MAIN connections begins."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from interlock.definition.model.base import DefinitionModel
from interlock.definition.model.fields import NODE_LIMIT, Whole


class CountJoin(DefinitionModel):
    """The join goes when `count` of its connections have brought a token."""

    count: Annotated[Whole, Field(ge=1, le=NODE_LIMIT)]


Join = Literal["all", "first", "each"] | CountJoin


class Late(StrEnum):
    """What happens to branches that arrive too late for a `first` or `count` join."""

    SWALLOW = "swallow"
    HOLD = "hold"
    CANCEL = "cancel"


class OnError(StrEnum):
    """What follows when a node has finally failed: the execution fails, or the node leaves through `main`, or through `error`."""

    FAIL = "fail"
    CONTINUE = "continue"
    PORT = "port"
